/**
 * Compare and append, in one step inside the server. What is compared is the last id that the stream has given, which
 * stays when its entries are trimmed.
 *
 * KEYS[1] the stream; ARGV[1] the expected last id, `0-0` for a stream that is not there; then fields and values.
 *
 * @returns the entry's id, or nothing when the last id is another one
 */
export const APPEND_SCRIPT = `
local last = '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
end
if last ~= ARGV[1] then return false end
return redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
`
