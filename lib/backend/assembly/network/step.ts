// The tasks of a training step: filters are transformed, chunks of images go
// forward and back, and the chunks' sums become gradients. Chunks are of fixed
// size and summed in order, so the threads' number changes no bit.

import * as first from "./first";
import * as last from "./last";
import { addTo, EIGHT, FIRST, get, GROUP, High, Low, pixelAt, Stage, STAGE_BYTES, UPSAMPLED, WINOGRAD } from "./stage";
import * as upsampled from "./upsampled";
import * as winograd from "./winograd";

@unmanaged
class NetworkJob {
  stages: usize; // the last is of kind LAST
  count: i32; // stages
  n: i32; // images
  perChunk: i32;
  x: usize; // [n, h, w, cin]
  y: usize; // target [n, h, w], or the answer
  scale: f32; // of the loss whose gradients are wanted; 0: none are
  arena: usize;
  arenaBytes: usize; // a slot
  sums: usize;
  sumsBytes: usize; // a chunk: loss (f64), then sums of all stages
  chunks: i32;
}

// @ts-ignore: decorator
@inline
function stageAt(p: NetworkJob, index: i32): Stage {
  return changetype<Stage>(p.stages + <usize> index * STAGE_BYTES);
}

/** Chunk: one stage's filter. */
export function networkFilters(p: NetworkJob, chunk: i32, slot: i32): void {
  const s = stageAt(p, chunk);
  const lines = p.arena + <usize> slot * p.arenaBytes + s.lines;
  if (s.kind == FIRST) return;
  if (s.kind == WINOGRAD) winograd.transformFilterBothWays(s, lines);
  else if (s.kind == UPSAMPLED) upsampled.transformFilter(s);
  else last.transformFilter(s);
}

/** Puts images into the frames of the first stage; those that miss are black. */
function loadGroup(p: NetworkJob, index: i32, images: i32, arena: usize): void {
  const s = stageAt(p, 0);
  const rowBytes = <usize> (s.w * s.cin) << 2;
  let from = p.x + <usize> (index * s.h) * rowBytes;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      const to = pixelAt(arena + s.input, s, image, y + 1, 1, s.cin);
      if (image < images) memory.copy(to, from, rowBytes);
      else memory.fill(to, 0, rowBytes);
      from += rowBytes;
    }
  }
}

function forwardAll(p: NetworkJob, arena: usize): void {
  for (let i = 0; i < p.count - 1; i++) {
    const s = stageAt(p, i), next = stageAt(p, i + 1);
    if (s.kind == FIRST) first.forward(s, next, arena);
    else if (s.kind == WINOGRAD) winograd.forward(s, next, arena);
    else upsampled.forward(s, next, arena);
  }
}

/** Chunk: loss and sums of `perChunk` images. */
export function networkTrain(p: NetworkJob, chunk: i32, slot: i32): void {
  const arena = p.arena + <usize> slot * p.arenaBytes;
  const sums = p.sums + <usize> chunk * p.sumsBytes;
  const end = min(p.n, (chunk + 1) * p.perChunk);
  const answer = stageAt(p, p.count - 1);
  const pixels = 4 * answer.h * answer.w;
  let loss: f64 = 0;
  memory.fill(sums, 0, p.sumsBytes);
  for (let index = chunk * p.perChunk; index < end; index += GROUP) {
    const images = min(GROUP, end - index);
    loadGroup(p, index, images, arena);
    forwardAll(p, arena);
    const target = p.y + (<usize> (index * pixels) << 2);
    loss += last.train(answer, arena, sums, images, target, p.scale);
    if (p.scale == 0) continue;
    for (let i = p.count - 2; i >= 0; i--) {
      const s = stageAt(p, i), next = stageAt(p, i + 1);
      if (s.kind == FIRST) first.backward(s, next, arena, sums);
      else if (s.kind == WINOGRAD) winograd.backward(s, next, arena, sums, i == 0);
      else upsampled.backward(s, next, arena, sums);
    }
  }
  store<f64>(sums, loss);
}

/** Chunk: `perChunk` images' answers. */
export function networkPredict(p: NetworkJob, chunk: i32, slot: i32): void {
  const arena = p.arena + <usize> slot * p.arenaBytes;
  const end = min(p.n, (chunk + 1) * p.perChunk);
  const answer = stageAt(p, p.count - 1);
  const pixels = 4 * answer.h * answer.w;
  for (let index = chunk * p.perChunk; index < end; index += GROUP) {
    const images = min(GROUP, end - index);
    loadGroup(p, index, images, arena);
    forwardAll(p, arena);
    last.predict(answer, arena, images, p.y + (<usize> (index * pixels) << 2));
  }
}

/** Chunk: one stage's gradients, of all chunks' sums. */
export function networkGradients(p: NetworkJob, chunk: i32, slot: i32): void {
  const s = stageAt(p, chunk);
  const lines = p.arena + <usize> slot * p.arenaBytes + s.lines;
  // A stage's sums lie together, those of its bias last.
  const from = p.sums + s.sums, count = <usize> (s.biasSums - s.sums) + (<usize> s.cout << 2);
  for (let other = 1; other < p.chunks; other++) {
    const more = from + <usize> other * p.sumsBytes;
    for (let at: usize = 0; at < count; at += EIGHT) {
      addTo(from + at, get<Low>(more + at), get<High>(more + at));
    }
  }
  if (s.kind == FIRST) memory.copy(s.dFilter, from, <usize> (9 * s.cin * s.cout) << 2);
  else if (s.kind == WINOGRAD) winograd.filterGradient(s, from, lines);
  else if (s.kind == UPSAMPLED) upsampled.filterGradient(s, from);
  else last.filterGradient(s, from);
  memory.copy(s.dBias, p.sums + s.biasSums, <usize> s.cout << 2);
}
