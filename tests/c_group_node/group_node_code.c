/* CRC-16 and GF(256): sections 4.1 and 4.2. */
#include "group_node_inner.h"

uint16_t group_crc(uint16_t crc, const uint8_t *bytes, uint16_t size) {
  /* Byte for byte without a table; unsigned words, as the core has no shorter ones. */
  uint32_t c = crc;
  for (const uint8_t *end = bytes + size; bytes != end;) {
    uint32_t x = (c >> 8 & 0xFF) ^ *bytes++;
    x ^= x >> 4;
    c = c << 8 ^ x << 12 ^ x << 5 ^ x;
  }
  return (uint16_t)c;
}

void group_add_product(uint8_t *to, const uint8_t *from, uint16_t size, uint8_t log_factor) {
  const uint8_t *row = group_exp + log_factor;
  for (const uint8_t *end = from + size; from != end; to++) {
    uint8_t byte = *from++;
    if (byte != 0) *to ^= row[group_log[byte]];
  }
}

uint8_t group_log_sum(uint32_t sum) {
  /* 256 is 1 modulo 255, so no division is needed. */
  while (sum > 255) sum = (sum & 255) + (sum >> 8);
  return sum == 255 ? 0 : (uint8_t)sum;
}

uint8_t group_log_product(uint8_t a, uint8_t blocks, uint8_t but) {
  uint32_t sum = 0;
  for (uint8_t m = 0; m < blocks; m++) {
    if (m != but) sum += group_log[group_exp[a] ^ group_exp[m]];
  }
  return group_log_sum(sum);
}

uint8_t group_log_g(uint8_t log_l, uint8_t log_w, uint8_t i, uint8_t k_plus_j) {
  /* Logarithms of divisors are taken from 255, as that is 0 here. */
  return group_log_sum(log_l + (255u - log_w) + (255u - group_log[group_exp[k_plus_j] ^ group_exp[i]]));
}
