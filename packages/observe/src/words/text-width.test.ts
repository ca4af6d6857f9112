import { expect, test } from 'vitest'
import { cut, filled } from './columns.ts'
import { textWidth } from './text-width.ts'

test.each([
  ['', 0],
  ['server.js', 9],
  ['▁▇█ ↑ …', 7],
  ['Grüße', 5],
  ['Gru\u0308ße', 5],
  ['注文処理', 8],
  ['주문', 4],
  ['🚚 mail', 7],
  ['👩‍🚒', 2],
  ['❤️', 2],
  ['🇩🇪', 2],
  ['a\u200Bb', 2],
])('%j should take %d columns', (text, columns) => {
  expect(textWidth(text)).toBe(columns)
})

test('a text that is cut or filled should take the same columns, whatever its characters', () => {
  expect(['mail', '注文処理', '🚚🚚🚚', 'Gru\u0308ße, alle'].map((text) => filled(cut(text, 5), 6, 'left'))).toEqual([
    'mail  ',
    '注文… ',
    '🚚🚚… ',
    'Gru\u0308ß… ',
  ])
  expect(filled('注文', 6, 'right')).toBe('  注文')
})

test('a path that is cut should keep its end', () => {
  expect(cut('/srv/shop/logs', 20, 'beginning')).toBe('/srv/shop/logs')
  expect(cut('/srv/shop/logs', 7, 'beginning')).toBe('…p/logs')
  expect(cut('/srv/注文/logs', 8, 'beginning')).toBe('…文/logs')
})
