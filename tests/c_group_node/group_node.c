/* Blocks, buffers, messages and programming: sections 4 and 5. */
#include "group_node_inner.h"

struct group_node group_node;
#define node group_node

uint8_t group_state(uint16_t block) {
  return node.states[block >> 2] >> (block & 3) * 2 & 3;
}

void group_set_state(uint16_t block, uint8_t state) {
  uint8_t shift = (block & 3) * 2;
  uint8_t *at = &node.states[block >> 2];
  *at = (uint8_t)((*at & ~(3 << shift)) | state << shift);
}

uint16_t group_block_size(uint16_t block) {
  uint32_t left = node.opening.size - (uint32_t)block * node.opening.block_bytes;
  return left < node.opening.block_bytes ? (uint16_t)left : node.opening.block_bytes;
}

uint8_t group_blocks_of(uint16_t generation) {
  uint32_t left = node.opening.blocks - (uint32_t)generation * node.opening.generation_blocks;
  return left < node.opening.generation_blocks ? (uint8_t)left : node.opening.generation_blocks;
}

static uint16_t generation_of(uint16_t block) {
  /* Unsigned: the core has no division, and the signed one would be another 460 bytes. */
  return (uint16_t)((uint32_t)block / node.opening.generation_blocks);
}

uint8_t *group_bytes_of(uint8_t buffer) {
  return node.pool + (uint32_t)buffer * node.opening.block_bytes;
}

uint8_t group_parity_of(uint16_t generation) {
  return node.parity[generation] == GROUP_WRONG ? 0 : node.parity[generation];
}

void group_enqueue(uint8_t buffer, uint16_t block) {
  node.buffers[buffer].kind = BUFFER_DATA;
  node.buffers[buffer].number = block;
  uint8_t at = node.queue_first + node.queued++;
  node.queue[at < GROUP_MEND_MAX ? at : at - GROUP_MEND_MAX] = buffer;
}

/* Frees the parity block that came into the last buffer; which one is of no matter. */
void group_give_up_parity(uint16_t generation) {
  for (uint8_t b = node.opening.buffers; b-- > 0;) {
    struct group_buffer *buffer = &node.buffers[b];
    if (buffer->kind != BUFFER_PARITY || buffer->number != generation) continue;
    buffer->kind = BUFFER_FREE;
    node.parity[generation]--;
    return;
  }
}

static uint8_t free_buffer(void) {
  for (uint8_t b = 0; b < node.opening.buffers; b++) {
    if (node.buffers[b].kind == BUFFER_FREE) return b;
  }
  return GROUP_NONE;
}

/* A buffer; if need be one of parity that cannot be used yet, of a generation from `from` on. */
static uint8_t get_buffer(uint16_t from) {
  uint8_t buffer = free_buffer();
  if (buffer != GROUP_NONE) return buffer;
  for (uint16_t g = node.opening.generations; g-- > from;) {
    uint8_t held = group_parity_of(g);
    if (held == 0 || held >= node.missing[g]) continue;
    group_give_up_parity(g);
    return free_buffer();
  }
  return GROUP_NONE;
}

static void take_data(uint16_t block, const uint8_t *data, uint16_t size) {
  if (group_state(block) != BLOCK_MISSING) return;
  uint8_t buffer = get_buffer(0);
  if (buffer == GROUP_NONE) return;
  memcpy(group_bytes_of(buffer), data, size);
  group_set_state(block, BLOCK_HELD);
  group_enqueue(buffer, block);
  uint16_t generation = generation_of(block);
  node.missing[generation]--;
  if (group_parity_of(generation) > node.missing[generation]) group_give_up_parity(generation);
}

static void take_parity(uint16_t generation, uint8_t index, const uint8_t *data) {
  uint8_t held = group_parity_of(generation);
  if (node.broken[generation] || node.missing[generation] <= held) return;
  for (uint8_t b = 0; b < node.opening.buffers; b++) {
    const struct group_buffer *buffer = &node.buffers[b];
    if (buffer->kind == BUFFER_PARITY && buffer->number == generation && buffer->index == index) return;
  }
  /* Only a later generation gives a buffer to parity. */
  uint8_t b = get_buffer(generation + 1);
  if (b == GROUP_NONE) return;
  memcpy(group_bytes_of(b), data, node.opening.block_bytes);
  node.buffers[b].kind = BUFFER_PARITY;
  node.buffers[b].number = generation;
  node.buffers[b].index = index;
  node.parity[generation] = held + 1;
}

static bool has_tag(const uint8_t *message, uint16_t size) {
  uint32_t key = node.opening.key;
  uint8_t bytes[4] = {(uint8_t)(key >> 24), (uint8_t)(key >> 16), (uint8_t)(key >> 8), (uint8_t)key};
  uint16_t crc = group_crc(group_crc(0xFFFF, bytes, 4), message + 4, size - 4);
  return crc == (message[2] << 8 | message[3]);
}

void group_message(const uint8_t *message, uint16_t size) {
  if (!node.open || size < GROUP_HEADER || message[0] != 0x3D || message[1] != 0x26) return;
  uint16_t bytes = (uint16_t)(message[8] << 8 | message[9]);
  if (size != GROUP_HEADER + bytes || !has_tag(message, size)) return;
  if (message[4] == GROUP_PARITY_SPACE) {
    uint16_t generation = (uint16_t)(message[5] << 8 | message[6]);
    if (generation >= node.opening.generations || bytes != node.opening.block_bytes) return;
    if (message[7] > 254 - group_blocks_of(generation)) return;
    group_hw_heard();
    take_parity(generation, message[7], message + GROUP_HEADER);
  } else {
    uint32_t offset = ((uint32_t)message[4] << 24 | (uint32_t)message[5] << 16 |
                       (uint32_t)message[6] << 8 | message[7]) - node.opening.address;
    if (offset >= node.opening.size || offset % node.opening.block_bytes != 0) return;
    uint16_t block = (uint16_t)(offset / node.opening.block_bytes);
    if (bytes != group_block_size(block)) return;
    group_hw_heard();
    take_data(block, message + GROUP_HEADER, bytes);
  }
  group_mend_if_due();
}

static void program_next(void) {
  struct group_programming *p = &node.programming;
  p->buffer = node.queue[node.queue_first];
  node.queued--;
  if (++node.queue_first == GROUP_MEND_MAX) node.queue_first = 0;
  p->block = node.buffers[p->buffer].number;
  p->address = node.opening.address + (uint32_t)p->block * node.opening.block_bytes;
  p->size = group_block_size(p->block);
  p->whole = p->size == node.opening.block_bytes;
  p->done = 0;
  p->orphaned = false;
  p->active = true;
  p->began_us = group_hw_now_us();
  /* A block buffer is a multiple of 32 bytes, so the last unit has room in it. */
  for (; p->size % GROUP_PROGRAM_UNIT != 0; p->size++) {
    group_bytes_of(p->buffer)[p->size] = GROUP_ERASED_VALUE;
  }
}

static void programmed(bool well) {
  struct group_programming *p = &node.programming;
  p->active = false;
  if (p->orphaned) return;
  node.buffers[p->buffer].kind = BUFFER_FREE;
  group_set_state(p->block, well ? BLOCK_DONE : BLOCK_FAILED);
  if (well && p->whole) {
    node.timed++;
    node.timed_us += group_hw_now_us() - p->began_us;
  }
  if (!well) {
    uint16_t generation = generation_of(p->block);
    node.failed = true;
    node.broken[generation] = true;
    while (group_parity_of(generation) > 0) group_give_up_parity(generation);
  }
  group_mend_if_due();
}

static void program_step(void) {
  struct group_programming *p = &node.programming;
  if (!p->active) program_next();
  uint16_t size = p->size - p->done;
  if (size > GROUP_PROGRAM_STEP) size = GROUP_PROGRAM_STEP;
  bool well = group_hw_program(p->address + p->done, group_bytes_of(p->buffer) + p->done, size);
  p->done += size;
  if (!well || p->done == p->size) programmed(well);
}

bool group_node_work(void) {
  /* Frames first: they do not wait. Then flash: it frees buffers. Mending has time. */
  if (group_receive_frame()) return true;
  if (node.programming.active || node.queued > 0) {
    program_step();
  } else if (node.mending.stage != MEND_NOTHING) {
    group_mend_step();
  } else {
    return false;
  }
  return true;
}

bool group_node_programs(void) {
  return node.programming.active;
}

void group_node_end(void) {
  if (!node.open) return;
  node.open = false;
  group_hw_ignore();
  group_receive_reset();
  /* The block that is being programmed ends by itself, from its buffer. */
  node.programming.orphaned = true;
  node.queued = 0;
  node.mending.stage = MEND_NOTHING;
  for (uint8_t b = 0; b < GROUP_MEND_MAX; b++) node.buffers[b].kind = BUFFER_FREE;
}

void group_node_reset(void) {
  memset(&node, 0, sizeof node);
  group_receive_reset();
}
