/*
 * The hardware seam on a host, for the tests: flash is an array, stricter than a real one, and time
 * passes while it is programmed. Made a shared library together with the node.
 */
#include <string.h>

#include "group_node.h"

/* What tests set and see; host_values() hands it out as words, in this order. */
static struct {
  uint32_t refusal;   /* response code of session and lock, 0: none */
  uint32_t busy;      /* an erase, or a RequestDownload */
  uint32_t own;       /* one of the node's identifiers */
  uint32_t fail_at;   /* programming at this address fails */
  uint32_t now_us;    /* may be set forward */
  uint32_t listening; /* the group identifier in the acceptance filter, FFFFFFFF: none */
  uint32_t heard;     /* how often S3 was restarted */
  uint32_t spoiled;   /* units programmed that were not erased, or not whole */
} host;

static uint8_t flash[GROUP_AREA_END - GROUP_AREA_START];

void host_reset(void);
uint32_t *host_values(void);
uint8_t *host_flash(void);

void host_reset(void) {
  memset(&host, 0, sizeof host);
  memset(flash, GROUP_ERASED_VALUE, sizeof flash);
  host.own = 0x701;
  host.listening = 0xFFFFFFFFu;
  group_node_reset();
}

uint32_t *host_values(void) {
  return &host.refusal;
}

uint8_t *host_flash(void) {
  return flash;
}

uint8_t group_hw_refusal(void) {
  return (uint8_t)host.refusal;
}

bool group_hw_busy(void) {
  return host.busy != 0;
}

bool group_hw_is_own(uint32_t identifier) {
  return identifier == host.own;
}

void group_hw_listen(uint32_t identifier) {
  host.listening = identifier;
}

void group_hw_ignore(void) {
  host.listening = 0xFFFFFFFFu;
}

void group_hw_heard(void) {
  host.heard++;
}

bool group_hw_is_erased(uint32_t address, uint32_t size) {
  for (const uint8_t *at = flash + (address - GROUP_AREA_START); size-- > 0;) {
    if (*at++ != GROUP_ERASED_VALUE) return false;
  }
  return true;
}

const uint8_t *group_hw_read(uint32_t address) {
  return flash + (address - GROUP_AREA_START);
}

bool group_hw_program(uint32_t address, const uint8_t *bytes, uint16_t size) {
  host.now_us += (uint32_t)size / GROUP_PROGRAM_UNIT * GROUP_PROGRAM_UNIT_US;
  if (address % GROUP_PROGRAM_UNIT != 0 || size % GROUP_PROGRAM_UNIT != 0) host.spoiled++;
  if (!group_hw_is_erased(address, size)) host.spoiled++;
  if (host.fail_at >= address && host.fail_at < address + size) return false;
  memcpy(flash + (address - GROUP_AREA_START), bytes, size);
  return true;
}

uint32_t group_hw_now_us(void) {
  return host.now_us;
}
