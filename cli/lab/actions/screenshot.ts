/** The screen as a picture. */
import { existsSync } from 'node:fs'
import { writeWhole } from '../../base/files.js'
import { type Frame, toAnimatedSvg, toSvg } from '../../charts/screenshot/document.js'
import type { Lab } from '../state/lab.js'
import { earlierProbes } from './scrub.js'

/** How long each epoch of an animation is seen, and the last one. */
const [each, last] = [0.4, 2]

/**
 * Writes what is on the screen into the folder that the lab was started in, and gives the path. While epochs are looked
 * through, it is all of them in motion.
 */
export async function writeScreen(lab: Lab, rows: () => readonly string[]): Promise<string> {
  const { selected, scrubbed, view } = lab
  const title = `vae-native lab: ${selected?.name ?? view}`
  const moving = scrubbed !== undefined && selected !== undefined
  const svg = moving ? toAnimatedSvg(await epochFrames(lab, rows), { title }) : toSvg(rows(), { title })
  const path = freePath(`${selected?.name ?? 'lab'}-${view}`)
  await writeWhole(path, svg)
  return path
}

/** The screen at every epoch whose probe is kept. */
async function epochFrames(lab: Lab, rows: () => readonly string[]): Promise<Frame[]> {
  const { selected, scrubbed } = lab
  if (selected === undefined) return []
  const frames: Frame[] = []
  for await (const probe of earlierProbes(selected)) {
    lab.scrubbed = probe.epoch
    lab.look(selected, probe)
    frames.push({ rows: rows(), seconds: each })
  }
  lab.scrubbed = scrubbed
  return frames.map((frame, i) => (i === frames.length - 1 ? { ...frame, seconds: last } : frame))
}

/** `warm-fox-run.svg`, and with a number where there is one already. */
function freePath(name: string): string {
  for (let number = 1; ; number++) {
    const path = `${name}${number === 1 ? '' : `-${number}`}.svg`
    if (!existsSync(path)) return path
  }
}
