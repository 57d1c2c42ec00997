/* Mending in small pieces: section 4.2. */
#include "group_node_inner.h"

#define node group_node
#define mend group_node.mending

/*
 * Begins where parity suffices. As nothing is held and not programmed then, and no data is taken
 * for a generation that is being mended, all its other blocks are in flash, and none can fail.
 */
void group_mend_if_due(void) {
  if (mend.stage != MEND_NOTHING || node.queued > 0 || node.programming.active) return;
  for (uint16_t g = 0; g < node.opening.generations; g++) {
    uint8_t missing = node.missing[g];
    if (missing == 0 || group_parity_of(g) != missing || node.broken[g]) continue;
    mend.generation = g;
    mend.first = g * node.opening.generation_blocks;
    mend.generation_blocks = group_blocks_of(g);
    mend.count = 0;
    for (uint8_t b = 0; b < node.opening.buffers; b++) {
      struct group_buffer *buffer = &node.buffers[b];
      if (buffer->kind != BUFFER_PARITY || buffer->number != g) continue;
      buffer->kind = BUFFER_MENDING;
      mend.buffer[mend.count++] = b;
    }
    for (uint8_t i = 0; i < mend.generation_blocks; i++) {
      uint16_t block = mend.first + i;
      if (group_state(block) == BLOCK_MISSING) group_set_state(block, BLOCK_HELD);
    }
    node.missing[g] = 0;
    node.parity[g] = 0;
    mend.stage = MEND_FACTORS;
    mend.row = 0;
    return;
  }
}

void group_mend_give_up(void) {
  if (mend.stage == MEND_NOTHING) return;
  mend.stage = MEND_NOTHING;
  for (uint8_t r = 0; r < mend.count; r++) node.buffers[mend.buffer[r]].kind = BUFFER_FREE;
  for (uint8_t i = 0; i < mend.generation_blocks; i++) {
    uint16_t block = mend.first + i;
    if (group_state(block) == BLOCK_HELD) group_set_state(block, BLOCK_MISSING);
  }
  node.missing[mend.generation] = mend.count;
}

static uint8_t power_of_row(uint8_t row) {
  return mend.generation_blocks + node.buffers[mend.buffer[row]].index;
}

/* L of one parity block. */
static void factor_step(void) {
  mend.log_l[mend.row] = group_log_product(power_of_row(mend.row), mend.generation_blocks, GROUP_NONE);
  if (++mend.row < mend.count) return;
  mend.stage = MEND_ADD;
  mend.block = mend.column = mend.row = 0;
}

static uint8_t log_g_of_row(uint8_t row) {
  return group_log_g(mend.log_l[row], mend.log_w, mend.block, power_of_row(row));
}

static void next_block(void) {
  mend.row = 0;
  if (++mend.block < mend.generation_blocks) return;
  mend.stage = MEND_SOLVE;
  mend.column = 0;
}

/* One block that is there to one parity block, or one that is missing to a column of the matrix. */
static void add_step(void) {
  uint16_t block = mend.first + mend.block;
  if (mend.row == 0) mend.log_w = group_log_product(mend.block, mend.generation_blocks, mend.block);
  if (group_state(block) == BLOCK_HELD) {
    for (uint8_t r = 0; r < mend.count; r++) {
      mend.matrix[r][mend.column] = group_exp[log_g_of_row(r)];
    }
    mend.column++;
    next_block();
    return;
  }
  const uint8_t *bytes = group_hw_read(node.opening.address + (uint32_t)block * node.opening.block_bytes);
  /* What a shorter last block is filled up with is 0 and adds nothing. */
  group_add_product(
      group_bytes_of(mend.buffer[mend.row]), bytes, group_block_size(block), log_g_of_row(mend.row));
  if (++mend.row == mend.count) next_block();
}

static void add_row(uint8_t to, uint8_t from, uint8_t factor) {
  if (factor == 0) return;
  uint8_t log = group_log[factor];
  group_add_product(mend.matrix[to], mend.matrix[from], mend.count, log);
  group_add_product(group_bytes_of(mend.buffer[to]), group_bytes_of(mend.buffer[from]),
                    node.opening.block_bytes, log);
}

/* One row of Gauss-Jordan: that of the pivot first, which is made 1, then the others. */
static void solve_step(void) {
  uint8_t column = mend.column;
  if (mend.row == 0) {
    /* f * row is row + (f + 1) * row, so that one loop does for both. */
    uint8_t inverse = group_exp[255 - group_log[mend.matrix[column][column]]];
    add_row(column, column, inverse ^ 1);
  } else {
    uint8_t row = column + mend.row < mend.count ? column + mend.row : column + mend.row - mend.count;
    add_row(row, column, mend.matrix[row][column]);
  }
  if (++mend.row < mend.count) return;
  mend.row = 0;
  if (++mend.column < mend.count) return;
  mend.stage = MEND_CHECK;
  mend.block = mend.column = 0;
  mend.crc = 0xFFFF;
}

static void finish(void) {
  if (mend.crc != node.checksums[mend.generation]) {
    group_mend_give_up();
    node.parity[mend.generation] = GROUP_WRONG;
  } else {
    mend.stage = MEND_NOTHING;
    node.mended += mend.count;
    for (uint8_t i = 0, r = 0; i < mend.generation_blocks; i++) {
      uint16_t block = mend.first + i;
      if (group_state(block) == BLOCK_HELD) group_enqueue(mend.buffer[r++], block);
    }
  }
  group_mend_if_due();
}

/* The checksum over one block. */
static void check_step(void) {
  uint16_t block = mend.first + mend.block;
  const uint8_t *bytes = group_state(block) == BLOCK_HELD
      ? group_bytes_of(mend.buffer[mend.column++])
      : group_hw_read(node.opening.address + (uint32_t)block * node.opening.block_bytes);
  mend.crc = group_crc(mend.crc, bytes, group_block_size(block));
  if (++mend.block == mend.generation_blocks) finish();
}

void group_mend_step(void) {
  switch (mend.stage) {
    case MEND_FACTORS:
      factor_step();
      break;
    case MEND_ADD:
      add_step();
      break;
    case MEND_SOLVE:
      solve_step();
      break;
    default:
      check_step();
      break;
  }
}
