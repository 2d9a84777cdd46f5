// The tasks of a training step: transform the filters, take each chunk of images
// forward and back, and make gradients of the chunks' sums. The size of chunks is
// fixed and their sums are added in order, so no bit depends on the number of threads.

import * as direct from "./direct";
import * as output from "./output";
import {
  add8, DIRECT, BYTES_OF_8, High, IMAGES_PER_GROUP, load4, Low, pixelAt, Stage, STAGE_BYTES,
  UPSAMPLED, WINOGRAD,
} from "./stage";
import * as upsampled from "./upsampled";
import * as winograd from "./winograd";

@unmanaged
class NetworkJob {
  stages: usize; // of kind OUTPUT is the last, and no other
  stageCount: i32;
  n: i32; // images
  imagesPerChunk: i32;
  x: usize; // [n, h, w, cin]
  y: usize; // targets [n, h, w], or where predictions go
  scale: f32; // factor of the gradients; 0: compute the loss only
  arena: usize; // intermediate results, one slot after the other
  arenaBytes: usize; // of a slot
  sums: usize; // one chunk after the other
  sumsBytes: usize; // of a chunk: its loss (f64), then the sums of all stages
  chunks: i32;
}

// @ts-ignore: decorator
@inline
function stageAt(p: NetworkJob, index: i32): Stage {
  return changetype<Stage>(p.stages + <usize> index * STAGE_BYTES);
}

/** Transforms filters. Chunk: one stage. */
export function networkFilters(p: NetworkJob, chunk: i32, slot: i32): void {
  const s = stageAt(p, chunk);
  const workspace = p.arena + <usize> slot * p.arenaBytes + s.workspace;
  if (s.kind == DIRECT) return;
  if (s.kind == WINOGRAD) winograd.transformFilterBothWays(s, workspace);
  else if (s.kind == UPSAMPLED) upsampled.transformFilter(s);
  else output.transformFilter(s);
}

/**
 * Copies images, from image `index` on, into the padded images of the first stage. If
 * there are fewer than a group, the others are zero.
 */
function loadGroup(p: NetworkJob, index: i32, images: i32, arena: usize): void {
  const s = stageAt(p, 0);
  const rowBytes = <usize> (s.w * s.cin) << 2;
  let from = p.x + <usize> (index * s.h) * rowBytes;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      const to = pixelAt(arena + s.input, s, image, y + 1, 1, s.cin);
      if (image < images) memory.copy(to, from, rowBytes);
      else memory.fill(to, 0, rowBytes);
      from += rowBytes;
    }
  }
}

function forwardAll(p: NetworkJob, arena: usize): void {
  for (let i = 0; i < p.stageCount - 1; i++) {
    const s = stageAt(p, i), next = stageAt(p, i + 1);
    if (s.kind == DIRECT) direct.forward(s, next, arena);
    else if (s.kind == WINOGRAD) winograd.forward(s, next, arena);
    else upsampled.forward(s, next, arena);
  }
}

/** The loss and the sums of gradients. Chunk: `imagesPerChunk` images. */
export function networkTrain(p: NetworkJob, chunk: i32, slot: i32): void {
  const arena = p.arena + <usize> slot * p.arenaBytes;
  const sums = p.sums + <usize> chunk * p.sumsBytes;
  const end = min(p.n, (chunk + 1) * p.imagesPerChunk);
  const lastStage = stageAt(p, p.stageCount - 1);
  const pixels = 4 * lastStage.h * lastStage.w;
  let loss: f64 = 0;
  memory.fill(sums, 0, p.sumsBytes);
  for (let index = chunk * p.imagesPerChunk; index < end; index += IMAGES_PER_GROUP) {
    const images = min(IMAGES_PER_GROUP, end - index);
    loadGroup(p, index, images, arena);
    forwardAll(p, arena);
    const target = p.y + (<usize> (index * pixels) << 2);
    loss += output.train(lastStage, arena, sums, images, target, p.scale);
    if (p.scale == 0) continue;
    for (let i = p.stageCount - 2; i >= 0; i--) {
      const s = stageAt(p, i), next = stageAt(p, i + 1);
      if (s.kind == DIRECT) direct.backward(s, next, arena, sums);
      else if (s.kind == WINOGRAD) winograd.backward(s, next, arena, sums, i == 0);
      else upsampled.backward(s, next, arena, sums);
    }
  }
  store<f64>(sums, loss);
}

/** Predictions. Chunk: `imagesPerChunk` images. */
export function networkPredict(p: NetworkJob, chunk: i32, slot: i32): void {
  const arena = p.arena + <usize> slot * p.arenaBytes;
  const end = min(p.n, (chunk + 1) * p.imagesPerChunk);
  const lastStage = stageAt(p, p.stageCount - 1);
  const pixels = 4 * lastStage.h * lastStage.w;
  for (let index = chunk * p.imagesPerChunk; index < end; index += IMAGES_PER_GROUP) {
    const images = min(IMAGES_PER_GROUP, end - index);
    loadGroup(p, index, images, arena);
    forwardAll(p, arena);
    output.predict(lastStage, arena, images, p.y + (<usize> (index * pixels) << 2));
  }
}

/** The gradients of filter and bias, from all chunks' sums. Chunk: one stage. */
export function networkGradients(p: NetworkJob, chunk: i32, slot: i32): void {
  const s = stageAt(p, chunk);
  const workspace = p.arena + <usize> slot * p.arenaBytes + s.workspace;
  // The sums of a stage are neighbours, those of its bias last.
  const from = p.sums + s.filterSums, count = <usize> (s.biasSums - s.filterSums) + (<usize> s.cout << 2);
  for (let other = 1; other < p.chunks; other++) {
    const more = from + <usize> other * p.sumsBytes;
    for (let at: usize = 0; at < count; at += BYTES_OF_8) {
      add8(from + at, load4<Low>(more + at), load4<High>(more + at));
    }
  }
  if (s.kind == DIRECT) memory.copy(s.dFilter, from, <usize> (9 * s.cin * s.cout) << 2);
  else if (s.kind == WINOGRAD) winograd.filterGradient(s, from, workspace);
  else if (s.kind == UPSAMPLED) upsampled.filterGradient(s, from);
  else output.filterGradient(s, from);
  memory.copy(s.dBias, p.sums + s.biasSums, <usize> s.cout << 2);
}
