/*
 * The node's half of a group download, version 2: docs/group-download.md, and nothing else.
 *
 * For a bootloader on a small microcontroller. Nothing is allocated, nothing blocks: frames of the
 * group identifier go into a ring (from an interrupt, if need be), and group_node_work() does one
 * small piece at a time. The bootloader has its own ISO-TP and UDS for the node's own identifiers;
 * it hands requests of the routine 4752 and of the data identifier 4752 to group_node_request().
 */
#ifndef GROUP_NODE_H
#define GROUP_NODE_H

#include <stdbool.h>
#include <stdint.h>

/* Sizes; the defaults are the budget of section 5.1. */
#ifndef GROUP_BUFFER_BYTES
#define GROUP_BUFFER_BYTES 6144 /* of all block buffers together */
#endif
#ifndef GROUP_BLOCK_BYTES_MAX
#define GROUP_BLOCK_BYTES_MAX 512
#endif
#ifndef GROUP_BLOCKS_MAX
#define GROUP_BLOCKS_MAX 2048
#endif
#ifndef GROUP_GENERATIONS_MAX
#define GROUP_GENERATIONS_MAX 32
#endif
#ifndef GROUP_MEND_MAX
#define GROUP_MEND_MAX 48 /* blocks mended at once; the matrix has its square in bytes */
#endif
#ifndef GROUP_FRAME_BYTES
#define GROUP_FRAME_BYTES 8 /* 8, or 64 on CAN FD */
#endif
#ifndef GROUP_RING_FRAMES
#define GROUP_RING_FRAMES 16 /* a power of two; must outlast the longest piece of work */
#endif

/* The updatable area, the flash and how long it takes to be programmed. */
#ifndef GROUP_AREA_START
#define GROUP_AREA_START 0x08004000u
#endif
#ifndef GROUP_AREA_END
#define GROUP_AREA_END 0x08020000u
#endif
#ifndef GROUP_PROGRAM_UNIT
#define GROUP_PROGRAM_UNIT 2 /* bytes; at most 32 */
#endif
#ifndef GROUP_PROGRAM_UNIT_US
#define GROUP_PROGRAM_UNIT_US 53
#endif
#ifndef GROUP_PROGRAM_STEP
#define GROUP_PROGRAM_STEP 64 /* bytes programmed in one piece of work; a multiple of the unit */
#endif
#ifndef GROUP_ERASED_VALUE
#define GROUP_ERASED_VALUE 0xFF
#endif

/* What the bootloader and its hardware do for the node. */

/* 0 in the programming session and unlocked; else the response code that an erase would get. */
uint8_t group_hw_refusal(void);
/* An erase or another programming is under way, or a RequestDownload is open. */
bool group_hw_busy(void);
/* One of the identifiers on which this node is asked or answers; bit 31 set: 29 bits. */
bool group_hw_is_own(uint32_t identifier);
/* Sets the acceptance filter for the group identifier, at once. */
void group_hw_listen(uint32_t identifier);
/* Takes that filter away. */
void group_hw_ignore(void);
/* A valid message of the group came: restarts S3server. */
void group_hw_heard(void);
bool group_hw_is_erased(uint32_t address, uint32_t size);
/* Flash as it can be read. */
const uint8_t *group_hw_read(uint32_t address);
/* Programs whole units, and tells whether flash holds them then. */
bool group_hw_program(uint32_t address, const uint8_t *bytes, uint16_t size);
/* Microseconds; may wrap. */
uint32_t group_hw_now_us(void);

/* After a reset. */
void group_node_reset(void);
/* The session was left or timed out, the node locked or told to erase, a RequestDownload began. */
void group_node_end(void);
/* A block is being programmed: an erase or a download waits until it is not. */
bool group_node_programs(void);
/* A frame of the group identifier; may be called from an interrupt. */
void group_node_frame(const uint8_t *frame, uint8_t size);
/* One piece of work, the most urgent one. Returns whether there was any. */
bool group_node_work(void);
/*
 * A request on the node's own identifiers: 31 xx 47 52, or 22 47 52. Returns the bytes of the answer,
 * 0 if there is none. room: of the answer, at least 7 + 3 + 32 bytes.
 */
uint16_t group_node_request(const uint8_t *request, uint16_t size, uint8_t *answer, uint16_t room);

#endif
