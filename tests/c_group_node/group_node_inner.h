/* What the files of the node share among themselves. */
#ifndef GROUP_NODE_INNER_H
#define GROUP_NODE_INNER_H

#include <string.h>

#include "group_node.h"

#define GROUP_HEADER 10         /* bytes of a message in front of its data */
#define GROUP_WRONG 0xFF        /* heldParity of a generation whose last mending was wrong */
#define GROUP_PARITY_SPACE 0xFF /* first byte of the address of a parity block */
#define GROUP_NONE 0xFF

#if GROUP_AREA_END > 0xFF000000u
#error "addresses from FF000000 on mean parity"
#endif
#if GROUP_MEND_MAX > 127 || GROUP_PROGRAM_UNIT > 32
#error "out of the limits of the document"
#endif

/* A block of the group; two bits. */
enum { BLOCK_MISSING, BLOCK_HELD, BLOCK_DONE, BLOCK_FAILED };

/* A buffer. */
enum { BUFFER_FREE, BUFFER_DATA, BUFFER_PARITY, BUFFER_MENDING };

/* Pieces of mending, in this order. */
enum { MEND_NOTHING, MEND_FACTORS, MEND_ADD, MEND_SOLVE, MEND_CHECK };

struct group_buffer {
  uint16_t number; /* block of the group; of parity, the generation */
  uint8_t kind;
  uint8_t index; /* of parity */
};

/* What the last accepted opening said, and what follows from it. */
struct group_opening {
  uint32_t identifier, key, address, size;
  uint16_t block_bytes, blocks, generations;
  uint8_t generation_blocks, buffers;
};

struct group_programming {
  uint32_t address, began_us;
  uint16_t block, size, done;
  uint8_t buffer;
  bool active;
  bool whole;    /* a whole block: its time counts */
  bool orphaned; /* its group has ended: what becomes of it is of no matter */
};

struct group_mending {
  uint8_t stage, count; /* count: blocks that are mended at once */
  uint8_t generation_blocks, block, row, column;
  uint8_t log_w;
  uint16_t generation, first, crc;
  uint8_t buffer[GROUP_MEND_MAX];
  uint8_t log_l[GROUP_MEND_MAX];
  uint8_t matrix[GROUP_MEND_MAX][GROUP_MEND_MAX];
};

struct group_node {
  uint8_t pool[GROUP_BUFFER_BYTES];
  struct group_buffer buffers[GROUP_MEND_MAX];
  uint8_t queue[GROUP_MEND_MAX]; /* buffers in the order in which they are to be programmed; a ring */
  uint8_t queue_first, queued;
  bool open, failed;
  struct group_opening opening;
  uint16_t checksums[GROUP_GENERATIONS_MAX];
  uint8_t states[(GROUP_BLOCKS_MAX + 3) / 4];
  uint8_t missing[GROUP_GENERATIONS_MAX]; /* blocks */
  uint8_t parity[GROUP_GENERATIONS_MAX];  /* held, or GROUP_WRONG */
  bool broken[GROUP_GENERATIONS_MAX];     /* a block of it failed: it is not mended any more */
  uint16_t mended;
  uint16_t timed; /* whole blocks whose programming was timed, and in all */
  uint32_t timed_us;
  struct group_programming programming;
  struct group_mending mending;
};

extern struct group_node group_node;
extern const uint8_t group_log[256], group_exp[510];

/* group_node_code.c */
uint16_t group_crc(uint16_t crc, const uint8_t *bytes, uint16_t size);
/* Adds exp(log_factor) * from to to, byte for byte. */
void group_add_product(uint8_t *to, const uint8_t *from, uint16_t size, uint8_t log_factor);
/* A sum of logarithms, of any size, as one below 255. */
uint8_t group_log_sum(uint32_t sum);
/* log of the product over m < blocks, m != but, of (x(a) + x(m)). */
uint8_t group_log_product(uint8_t a, uint8_t blocks, uint8_t but);
/* log of g(i, j) of which the logs of L and w(i) are known. */
uint8_t group_log_g(uint8_t log_l, uint8_t log_w, uint8_t i, uint8_t k_plus_j);

/* group_node.c */
uint8_t group_state(uint16_t block);
void group_set_state(uint16_t block, uint8_t state);
uint16_t group_block_size(uint16_t block);
uint8_t group_blocks_of(uint16_t generation);
uint8_t *group_bytes_of(uint8_t buffer);
void group_enqueue(uint8_t buffer, uint16_t block);
void group_give_up_parity(uint16_t generation);
uint8_t group_parity_of(uint16_t generation);
/* A whole message of the group identifier. */
void group_message(const uint8_t *message, uint16_t size);

/* group_node_mend.c */
void group_mend_if_due(void);
void group_mend_step(void);
/* Gives the mending that is under way up: its blocks are missing again. */
void group_mend_give_up(void);

/* group_node_receive.c */
void group_receive_reset(void);
bool group_receive_frame(void);

#endif
