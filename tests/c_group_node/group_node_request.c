/* Open, map and close on the node's own identifiers: section 3. */
#include "group_node_inner.h"

#define node group_node

#define VERSION 0x02
#define OPEN_BYTES 24

enum {
  SUB_FUNCTION_NOT_SUPPORTED = 0x12,
  INCORRECT_LENGTH = 0x13,
  CONDITIONS_NOT_CORRECT = 0x22,
  REQUEST_SEQUENCE_ERROR = 0x24,
  REQUEST_OUT_OF_RANGE = 0x31,
  UPLOAD_DOWNLOAD_NOT_ACCEPTED = 0x70
};

static uint16_t get16(const uint8_t *at) {
  return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at) {
  return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

/* Of a whole block, in 10 us, rounded up: measured, or what the part's data sheet says. */
static uint16_t program_time(void) {
  uint32_t us, blocks = node.timed;
  if (blocks == 0) {
    us = (uint32_t)node.opening.block_bytes / GROUP_PROGRAM_UNIT * GROUP_PROGRAM_UNIT_US;
    blocks = 1;
  } else {
    us = node.timed_us;
  }
  uint32_t time = (us + 10 * blocks - 1) / (10 * blocks);
  return time > 0xFFFF ? 0xFFFF : (uint16_t)time;
}

static uint16_t checksum_of(const uint8_t *request, uint16_t generation) {
  return get16(request + OPEN_BYTES + 2 * generation);
}

static bool same_checksums(const uint8_t *request) {
  for (uint16_t g = 0; g < node.opening.generations; g++) {
    if (checksum_of(request, g) != node.checksums[g]) return false;
  }
  return true;
}

static bool same_group(const struct group_opening *a, const struct group_opening *b) {
  return a->identifier == b->identifier && a->key == b->key && a->address == b->address &&
         a->block_bytes == b->block_bytes && a->generation_blocks == b->generation_blocks;
}

/* Fills in what follows from the fields; tells whether the node can do it. */
static bool understand(struct group_opening *o) {
  bool extended = o->identifier >> 31;
  if ((o->identifier & 0x7FFFFFFFu) > (extended ? 0x1FFFFFFFu : 0x7FFu)) return false;
  if (group_hw_is_own(o->identifier)) return false;
  if (o->block_bytes < 32 || o->block_bytes % 32 != 0 || o->block_bytes > GROUP_BLOCK_BYTES_MAX) return false;
  if (o->generation_blocks < 1 || o->generation_blocks > 254 || o->size == 0) return false;
  if (o->address < GROUP_AREA_START || o->address >= GROUP_AREA_END) return false;
  if (o->size > GROUP_AREA_END - o->address || o->address % GROUP_PROGRAM_UNIT != 0) return false;
  uint32_t blocks = (o->size + o->block_bytes - 1) / o->block_bytes;
  uint32_t generations = (blocks + o->generation_blocks - 1) / o->generation_blocks;
  uint32_t buffers = (uint32_t)GROUP_BUFFER_BYTES / o->block_bytes;
  if (blocks > GROUP_BLOCKS_MAX || generations > GROUP_GENERATIONS_MAX || buffers == 0) return false;
  o->blocks = (uint16_t)blocks;
  o->generations = (uint16_t)generations;
  o->buffers = buffers < GROUP_MEND_MAX ? (uint8_t)buffers : GROUP_MEND_MAX;
  return true;
}

static void set_opening(const struct group_opening *o, const uint8_t *request) {
  node.opening = *o;
  for (uint16_t g = 0; g < o->generations; g++) node.checksums[g] = checksum_of(request, g);
}

static uint8_t cut(const struct group_opening *o, const uint8_t *request) {
  for (uint16_t b = o->blocks; b < node.opening.blocks; b++) {
    if (group_state(b) != BLOCK_MISSING) return CONDITIONS_NOT_CORRECT;
  }
  group_mend_give_up();
  for (uint8_t b = 0; b < node.opening.buffers; b++) {
    if (node.buffers[b].kind == BUFFER_PARITY) node.buffers[b].kind = BUFFER_FREE;
  }
  memset(node.parity, 0, sizeof node.parity); /* FF, too */
  /* The last generation that is left loses blocks, all of which were missing. */
  uint16_t last = o->generations - 1;
  uint8_t before = group_blocks_of(last);
  set_opening(o, request);
  node.missing[last] = (uint8_t)(node.missing[last] - (before - group_blocks_of(last)));
  return 0;
}

static uint8_t replace(const struct group_opening *o, const uint8_t *request) {
  if (node.programming.active || group_hw_busy()) return CONDITIONS_NOT_CORRECT;
  /* What the last unit is filled up with is programmed, too. */
  uint32_t size = (o->size + GROUP_PROGRAM_UNIT - 1) / GROUP_PROGRAM_UNIT * GROUP_PROGRAM_UNIT;
  if (!group_hw_is_erased(o->address, size)) return UPLOAD_DOWNLOAD_NOT_ACCEPTED;
  group_node_end();
  group_node_reset();
  set_opening(o, request);
  for (uint16_t g = 0; g < o->generations; g++) node.missing[g] = group_blocks_of(g);
  group_hw_listen(o->identifier); /* data may follow the answer at once */
  node.open = true;
  return 0;
}

/* Returns a response code, 0 if the group is open then. */
static uint8_t open(const uint8_t *request, uint16_t size) {
  if (size < OPEN_BYTES) return INCORRECT_LENGTH;
  struct group_opening o = {
      .identifier = get32(request + 5),
      .key = get32(request + 9),
      .address = get32(request + 13),
      .size = get32(request + 17),
      .block_bytes = get16(request + 21),
      .generation_blocks = request[23],
  };
  bool same = node.open && request[4] == VERSION && same_group(&o, &node.opening);
  if (same && o.size == node.opening.size && size == OPEN_BYTES + 2 * node.opening.generations &&
      same_checksums(request)) {
    return 0;
  }
  if (request[4] != VERSION || !understand(&o)) return REQUEST_OUT_OF_RANGE;
  if (size != OPEN_BYTES + 2 * o.generations) return INCORRECT_LENGTH;
  if (same && o.size < node.opening.size && o.size % o.block_bytes == 0) return cut(&o, request);
  return replace(&o, request);
}

static uint8_t status(void) {
  uint32_t share = (31u * node.mended + node.opening.blocks - 1) / node.opening.blocks;
  bool busy = node.programming.active || node.queued > 0 || node.mending.stage != MEND_NOTHING;
  return (uint8_t)((node.failed ? 0x80 : 0) | share << 1 | (busy ? 1 : 0));
}

/* Writes the map behind the answer's first four bytes; returns the bytes of the answer. */
static uint16_t map(uint32_t first, uint32_t count, uint8_t *answer, uint16_t room) {
  answer[4] = status();
  put16(answer + 5, program_time());
  uint16_t at = 7;
  uint32_t end = count == 0 ? node.opening.generations : first + count;
  if (end > node.opening.generations) end = node.opening.generations;
  for (uint32_t g = first; g < end; g++) {
    if (node.missing[g] == 0) continue;
    uint8_t blocks = group_blocks_of((uint16_t)g);
    uint16_t bytes = (uint16_t)(3 + (blocks + 7) / 8);
    if (at + bytes > room) {
      answer[4] |= 0x40;
      break;
    }
    memset(answer + at, 0, bytes);
    put16(answer + at, (uint16_t)g);
    answer[at + 2] = node.parity[g];
    for (uint8_t i = 0; i < blocks; i++) {
      if (group_state((uint16_t)(g * node.opening.generation_blocks + i)) == BLOCK_MISSING) {
        answer[at + 3 + (i >> 3)] |= (uint8_t)(1 << (i & 7));
      }
    }
    at += bytes;
  }
  return at;
}

static uint16_t refuse(uint8_t service, uint8_t code, uint8_t *answer) {
  answer[0] = 0x7F;
  answer[1] = service;
  answer[2] = code;
  return 3;
}

/* The response code of a routine request, 0 if it is carried out; `end` is the answer's end. */
static uint8_t routine(const uint8_t *request, uint16_t size, uint8_t *answer, uint16_t room, uint16_t *end) {
  uint8_t code = group_hw_refusal();
  if (code != 0) return code;
  switch (request[1]) {
    case 1:
      if ((code = open(request, size)) != 0) return code;
      answer[4] = node.opening.buffers;
      put16(answer + 5, program_time());
      *end = 7;
      return 0;
    case 2:
      if (size != 4) return INCORRECT_LENGTH;
      group_node_end();
      return 0;
    case 3:
      if (size != 7) return INCORRECT_LENGTH;
      if (!node.open) return REQUEST_SEQUENCE_ERROR;
      *end = map(get16(request + 4), request[6], answer, room);
      return 0;
    default:
      return SUB_FUNCTION_NOT_SUPPORTED;
  }
}

uint16_t group_node_request(const uint8_t *request, uint16_t size, uint8_t *answer, uint16_t room) {
  if (size == 3 && request[0] == 0x22 && get16(request + 1) == 0x4752) {
    answer[0] = 0x62;
    answer[3] = VERSION;
    memcpy(answer + 1, request + 1, 2);
    return 4;
  }
  if (size < 4 || request[0] != 0x31 || get16(request + 2) != 0x4752) return 0;
  uint16_t end = 4;
  uint8_t code = routine(request, size, answer, room, &end);
  if (code != 0) return refuse(0x31, code, answer);
  answer[0] = 0x71;
  memcpy(answer + 1, request + 1, 3);
  return end;
}
