/* ISO 15765-2 reception on the group identifier, without flow control: section 4.3. */
#include "group_node_inner.h"

#define N_CR_US 1000000u

/* One writer (the interrupt) and one reader (the work), each with an index of its own. */
static struct {
  uint8_t size[GROUP_RING_FRAMES];
  uint8_t bytes[GROUP_RING_FRAMES][GROUP_FRAME_BYTES];
  volatile uint8_t written, read;
} ring;

static struct {
  uint8_t bytes[GROUP_HEADER + GROUP_BLOCK_BYTES_MAX];
  uint16_t size, got;
  uint32_t last_us;
  uint8_t sequence;
  bool active;
} message;

void group_receive_reset(void) {
  message.active = false;
}

void group_node_frame(const uint8_t *frame, uint8_t size) {
  uint8_t at = ring.written % GROUP_RING_FRAMES;
  if (size == 0 || size > GROUP_FRAME_BYTES) return;
  /* A frame that finds no place is lost, as one is that the controller overran. */
  if ((uint8_t)(ring.written - ring.read) == GROUP_RING_FRAMES) return;
  memcpy(ring.bytes[at], frame, size);
  ring.size[at] = size;
  ring.written = (uint8_t)(ring.written + 1);
}

static void take(const uint8_t *bytes, uint16_t size) {
  uint16_t left = message.size - message.got;
  if (size > left) size = left; /* the rest is padding */
  memcpy(message.bytes + message.got, bytes, size);
  message.got += size;
  message.last_us = group_hw_now_us();
  if (message.got < message.size) return;
  message.active = false;
  group_message(message.bytes, message.size);
}

static void single(const uint8_t *frame, uint8_t size) {
  message.active = false;
#if GROUP_FRAME_BYTES > 8
  /* A single frame of 8 bytes is shorter than any message; only the long form can hold one. */
  if (frame[0] == 0 && size > 2 && frame[1] <= size - 2) group_message(frame + 2, frame[1]);
#else
  (void)frame, (void)size;
#endif
}

static void first(const uint8_t *frame, uint8_t size) {
  message.active = false;
  if (size < 8) return;
  message.size = (uint16_t)((frame[0] & 0x0F) << 8 | frame[1]);
  if (message.size <= size - 2 || message.size > sizeof message.bytes) return;
  message.active = true;
  message.got = 0;
  message.sequence = 1;
  take(frame + 2, size - 2);
}

static void consecutive(const uint8_t *frame, uint8_t size) {
  if (!message.active) return;
  if ((frame[0] & 0x0F) != message.sequence || group_hw_now_us() - message.last_us > N_CR_US) {
    message.active = false;
    return;
  }
  message.sequence = (message.sequence + 1) & 0x0F;
  take(frame + 1, size - 1);
}

bool group_receive_frame(void) {
  if (ring.read == ring.written) return false;
  uint8_t at = ring.read % GROUP_RING_FRAMES;
  const uint8_t *frame = ring.bytes[at];
  switch (frame[0] >> 4) {
    case 0:
      single(frame, ring.size[at]);
      break;
    case 1:
      first(frame, ring.size[at]);
      break;
    case 2:
      consecutive(frame, ring.size[at]);
      break;
    default: /* nobody sends flow control here, and the rest is reserved */
      break;
  }
  ring.read = (uint8_t)(ring.read + 1);
  return true;
}
