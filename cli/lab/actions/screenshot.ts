/** Screenshots: the screen as an SVG. */
import { existsSync } from 'node:fs'
import { writeAtomically } from '../../base/files.js'
import { type Frame, toAnimatedSvg, toSvg } from '../../charts/screenshot/document.js'
import type { Lab } from '../state/lab.js'
import { recordedProbes } from './scrub.js'

/** Seconds per frame of an animation, and of its last frame. */
const [secondsPerFrame, lastSeconds] = [0.4, 2]

/** Writes the screen into the working directory and returns the path; while scrubbing, an animation over all epochs. */
export async function writeScreen(lab: Lab, rows: () => readonly string[]): Promise<string> {
  const { selected, scrubbed, view } = lab
  const title = `vae-native lab: ${selected?.name ?? view}`
  const animated = scrubbed !== undefined && selected !== undefined
  const svg = animated ? toAnimatedSvg(await epochFrames(lab, rows), { title }) : toSvg(rows(), { title })
  const path = freePath(`${selected?.name ?? 'lab'}-${view}`)
  await writeAtomically(path, svg)
  return path
}

/** Frames of the screen, one for each recorded probe. */
async function epochFrames(lab: Lab, rows: () => readonly string[]): Promise<Frame[]> {
  const { selected, scrubbed } = lab
  if (selected === undefined) return []
  const frames: Frame[] = []
  for await (const probe of recordedProbes(selected)) {
    lab.scrubbed = probe.epoch
    lab.showProbe(selected, probe)
    frames.push({ rows: rows(), seconds: secondsPerFrame })
  }
  lab.scrubbed = scrubbed
  return frames.map((frame, i) => (i === frames.length - 1 ? { ...frame, seconds: lastSeconds } : frame))
}

/** Returns `warm-fox-run.svg`, numbered if it exists. */
function freePath(name: string): string {
  for (let number = 1; ; number++) {
    const path = `${name}${number === 1 ? '' : `-${number}`}.svg`
    if (!existsSync(path)) return path
  }
}
