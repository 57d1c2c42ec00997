#!/bin/sh
# Makes the golden files of this folder with tools that are not ours: Debian 12's srecord 1.64, GNU
# objcopy and GCC for ARM 12.2. Run it in this folder.
set -eu

# 300 bytes at 0x0801FFE0, over a 64 KiB border, and 20 bytes at 0x08020200.
srec_cat -generate 0x0801FFE0 0x0802010C -repeat-data 0x12 0x34 0x56 0x78 0x9A 0xBC 0xDE \
  -generate 0x08020200 0x08020214 -repeat-string "canvoy" \
  -execution-start-address 0x080201C1 -o linear.hex -intel
srec_cat linear.hex -intel -o linear.s37 -motorola -address-length=4 -header "canvoy"
srec_cat linear.hex -intel -fill 0xFF 0x0801FFE0 0x08020214 -offset -0x0801FFE0 -o linear.bin -binary

# The same data below 1 MiB: segmented Intel HEX, S2; and below 64 KiB: plain Intel HEX, S1.
srec_cat linear.hex -intel -offset -0x08000000 -execution-start-address 0x201C0 \
  -o segmented.hex -intel -address-length=3
srec_cat linear.hex -intel -offset -0x08000000 -execution-start-address 0x201C0 \
  -o segmented.s28 -motorola -address-length=3
srec_cat linear.hex -intel -offset -0x0801FF00 -execution-start-address 0x2C0 \
  -o plain.hex -intel -address-length=2
srec_cat linear.hex -intel -offset -0x0801FF00 -execution-start-address 0x2C0 \
  -o plain.s19 -motorola -address-length=2

# A linker with pages of 64 KiB begins the first segment with the headers of the file.
printf '%s\n' 'const unsigned vectors[4] __attribute__((section(".vectors"), used)) = {' \
  '  0x20010000u, 0x08008011u, 0x12345678u, 0x9ABCDEF0u};' \
  'unsigned data __attribute__((used)) = 0xCAFEF00Du;' > small.c
printf '%s\n' 'MEMORY { F (rx) : ORIGIN = 0x08008000, LENGTH = 64K' \
  'R (rw) : ORIGIN = 0x20000000, LENGTH = 64K }' \
  'SECTIONS { .vectors : { KEEP(*(.vectors)) } > F .data : { *(.data) } > R AT > F' \
  '/DISCARD/ : { *(*) } }' > small.ld
arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -ffreestanding -nostdlib -fno-ident \
  -Wl,--build-id=none -Wl,-z,max-page-size=0x10000 -Wl,-e,0x08008011 -T small.ld \
  -o headers_in_segment.elf small.c
arm-none-eabi-strip headers_in_segment.elf
arm-none-eabi-objcopy -O ihex headers_in_segment.elf headers_in_segment.hex
rm small.c small.ld
