// Rows of text are measured and cut by cells, for all colours and scripts.
import test from 'ava'
import { styleOf } from '../cli/base/style.js'
import { applyInk, fit, justify, plain, runs, slice, width } from '../cli/base/text.js'
import { toAscii } from '../cli/charts/text/ascii.js'
import { beside, clip, overlay, overlayCentred, stack } from '../cli/charts/text/layout.js'
import { panel } from '../cli/charts/text/panel.js'
import { Surface } from '../cli/charts/text/surface.js'
import { dataTable } from '../cli/charts/text/table.js'

const red = (text: string) => applyInk(text, '31')
const plainStyle = styleOf(1)

test('a cell is what a terminal makes of a character', (t) => {
  t.is(width('β → 32.2 ●⣿█╭'), 13)
  // A combining hat takes no cell; ideographs and emoji take two.
  t.is(width('x̂'), 1)
  t.is(width('狐'), 2)
  t.is(width('🦊a'), 3)
  t.is(width('✅✔'), 3)
  t.is(width(red('abc')), 3)
  t.is(width('a\tb\u0007'), 2)
})

test('a slice keeps the colours of what it keeps', (t) => {
  const row = `ab${red('cd')}ef`
  t.is(slice(row, 1, 3), `b${red('c')}`)
  t.is(slice(row, 3, 9), `${red('d')}ef`)
  t.is(slice('abc', -2, 2), 'ab')
  // Half of a two-cell character cannot be shown.
  t.is(slice('a狐b', 0, 2), 'a ')
  t.is(slice('a狐b', 2, 4), ' b')
})

test('a row that does not fit says that it goes on', (t) => {
  t.is(fit('abcdef', 4), 'abc…')
  t.is(fit('abc', 5), 'abc  ')
  t.is(fit(red('abcdef'), 4), `${red('abc')}…`)
  t.is(fit('abc', 0), '')
  t.is(fit('狐狐', 3), '狐…')
  // Sequences that move the cursor or clear the screen are removed.
  t.is(fit('a\u001b[2Jb\n', 4), 'ab  ')
})

test('pieces of one style, whatever escape sequences encode it', (t) => {
  t.deepEqual(runs('\u001b[1m\u001b[31ma\u001b[22mb\u001b[39mc'), [
    { text: 'a', ink: '1;31' },
    { text: 'b', ink: '31' },
    { text: 'c', ink: '' },
  ])
  t.deepEqual(runs('\u001b[38;5;9;48;2;1;2;3;7mx\u001b[0my'), [
    { text: 'x', ink: '7;38;5;9;48;2;1;2;3' },
    { text: 'y', ink: '' },
  ])
})

test('words at both ends; the right ones give way', (t) => {
  t.is(justify('left', 'right', 12), 'left   right')
  t.is(justify('left', 'right', 9), 'left     ')
  t.is(justify('left', 'right', 3), 'le…')
})

test('blocks are put beside, above and over each other', (t) => {
  t.deepEqual(beside([['a', 'b'], ['c']], 1), ['a c', 'b  '])
  t.deepEqual(stack([['a'], ['b', 'c']], { columns: 2, rows: 2 }), ['a ', 'b '])
  t.deepEqual(clip(['abc'], { columns: 2, rows: 2 }), ['a…', '  '])
  const rows = ['.....', '.....', '.....']
  t.deepEqual(overlay(rows, ['ab', 'cd'], 2, 1), ['.....', '..ab.', '..cd.'])
  t.deepEqual(overlay(rows, ['ab', 'cd'], -1, -1), ['d....', '.....', '.....'])
  t.deepEqual(overlay(rows, ['ab'], 4, 2), ['.....', '.....', '....a'])
  t.deepEqual(overlay([red('.....')], ['ab'], 1, 0), [`${red('.')}ab${red('..')}`])
  t.deepEqual(overlayCentred(rows, ['ab']), ['.....', '.ab..', '.....'])
})

test('a surface writes what is within it, each style once', (t) => {
  const surface = new Surface({ columns: 4, rows: 2 })
  surface.put(-1, 0, 'abc', '31')
  surface.put(3, 1, '狐')
  surface.put(0, 7, 'below')
  surface.put(Number.NaN, Number.NaN, 'nowhere')
  surface.ground(1, 0, '44')
  // The first letter of `abc` is left of the surface, and a wide character needs two cells.
  t.deepEqual(surface.toRows({ charset: 'braille' }), [`${red('b')}${applyInk('c', '31;44')}  `, '    '])
  t.true(surface.isBlank(2, 0, 2))
  t.false(surface.isBlank(3, 0, 2))
})

test('half of a wide character does not outlive the other half', (t) => {
  const surface = new Surface({ columns: 4, rows: 1 })
  surface.put(0, 0, '狐狐')
  surface.put(1, 0, 'x')
  surface.put(2, 0, 'y')
  t.deepEqual(surface.toRows({ charset: 'braille' }), [' xy '])
})

test('letters stand for what the font lacks, each in its place', (t) => {
  t.is(toAscii('╭─ β 5→3 ─╮'), '+- b 5>3 -+')
  t.is(toAscii('x̂ é z₀ σ² 狐'), 'x e z0 s2 ??')
  t.is(toAscii(red('●')), red('*'))
})

test('a panel has its title on its edge, and its words where there is room', (t) => {
  const rows = ['a', 'bcdefghijklmnopqrstuvwxyz']
  t.deepEqual(panel({ title: 'runs', right: '2 done', rows }, { columns: 22, rows: 4 }, plainStyle), [
    '╭─ runs ──── 2 done ─╮',
    '│a                   │',
    '│bcdefghijklmnopqrst…│',
    '╰────────────────────╯',
  ])
  // Without colour the focused panel has another frame.
  t.deepEqual(
    panel({ title: 'runs', right: '2 done', rows: [], focused: true }, { columns: 14, rows: 2 }, plainStyle),
    ['╔═ runs ═════╗', '╚════════════╝'],
  )
  t.is(panel({ title: 'a long title', rows: [] }, { columns: 11, rows: 2 }, styleOf(1, 'ascii'))[0], '+- a lo. -+')
})

const table = {
  columns: [
    { title: 'run', priority: 9 },
    { title: 'β', align: 'right', priority: 2 },
    { title: 'KL', align: 'right', priority: 1 },
  ],
  rows: [
    ['warm-fox', '1', '6.52'],
    ['calm-owl', '5', '4.71'],
    ['cold-lynx', '50', '0.00'],
  ],
  sort: { column: 1 },
} as const

test('a table shows what it is sorted by and which row is selected', (t) => {
  t.deepEqual(dataTable({ ...table, selected: 1 }, { columns: 24, rows: 4 }, plainStyle), [
    ' run        β ▴    KL   ',
    ' warm-fox     1  6.52   ',
    '▸calm-owl     5  4.71   ',
    ' cold-lynx   50  0.00   ',
  ])
})

test('where a table has no room, the least column goes, and the rows far from the selected one', (t) => {
  t.deepEqual(dataTable({ ...table, selected: 2 }, { columns: 18, rows: 3 }, plainStyle), [
    ' run        β ▴   ',
    ' calm-owl     5   ',
    '▸cold-lynx   50   ',
  ])
})

test('the selected row is inverse from end to end, whatever colours its cells have', (t) => {
  const rows = [[red('●'), '1', '2']]
  const [, row = ''] = dataTable({ ...table, rows, selected: 0 }, { columns: 20, rows: 2 }, styleOf(4))
  t.deepEqual(runs(row), [{ text: plain(row), ink: '7' }])
  t.is(width(row), 20)
})
