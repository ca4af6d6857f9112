import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { breaksOf } from './short-lines.mjs'

function broken(code) {
  const places = breaksOf(code)
  return places.reduceRight((text, place) => `${text.slice(0, place)}\n${text.slice(place)}`, code)
}

describe('breaksOf', () => {
  test.each([
    'let a=1,b=2;function f(){return a,b}f()',
    'class A{static x=1;get=2;static async*g(){yield 1}get y(){return this.get}}[A.x,new A().y].join()',
    'var t=`a;b,c\n${[1,2].map(e=>{return{v:e,w:`,${e}`}}).length}`;t',
    'let n=0;for(let i=0,j=9;i<j;i++,j--)n+=j-i;n',
    'let k=(()=>{switch(3){case 1:case 3:if(0);else return`three`;default:return`none`}})();k',
    'let r=/[;,{}]/g.exec(`a,b`).index,o={a:1,async b(){},get c(){return 3},[`d`]:4};r+o.c+o.d',
    'let l=0;a:for(;;){l++;for(;;){if(l>2)break a;continue a}}l',
    'let[,p,,q]=[1,2,3,4];p+q',
  ])('should change nothing that a program does: %s', (code) => {
    expect(broken(code)).not.toBe(code)
    expect(runInNewContext(broken(code))).toEqual(runInNewContext(code))
  })
})

test.each(['shared', 'late', 'reading'])('the bundle %s should have lines that can be read in a terminal', (bundle) => {
  const code = readFileSync(new URL(`../packages/transport/dist/${bundle}.js`, import.meta.url), 'utf8')
  expect(Math.max(...code.split('\n').map((line) => line.length))).toBeLessThan(1000)
})
