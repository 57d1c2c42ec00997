/** What `canvoy init` writes: a good fleet file, explained, with what is often needed. */
export const INIT_TEXT =
  `# A fleet file of canvoy: which nodes there are, how they are reached, what they get.
# "canvoy plan" reads it, sends nothing, and tells every mistake with its line.

buses:
  bench:
    url: socketcan:can0 # to try without hardware: virtual:bench
    bitrate: 500000
    # dataBitrate: 2000000 # makes it a CAN FD bus
    # functional: 0x7DF # the identifier that all nodes hear

images:
  # Paths lie beneath this file's folder: .hex, .s19, .elf, or .bin with a base address.
  app: { file: app.hex, version: 1.0.0 } # the version is read back once the node runs it
  # app: { file: app.bin, base: 0x08008000 }

layouts:
  # Every border lies between two erase units of the part; "canvoy plan" says so if not.
  standard:
    bootloader: { start: 0x08000000, size: 32K } # never erased, never written
    application: { start: 0x08008000, size: 480K } # what an update may touch
    # configuration: [{ start: 0x08060000, size: 128K }] # survives updates

# Holds for every node that does not say otherwise.
defaults:
  bus: bench
  device: STM32F407VE
  layout: standard
  image: app
  # How bootloaders are talked to: iso14229, textbook, vw-like, nxp-s32k-unified, supplier-hash,
  # ff01-checksum, or one of "profiles:" below that changes one of these.
  profile: iso14229
  # SecurityAccess: none, or {xor: "A5 5A"} or {add: "12 34"} for key = seed XOR or + these bytes.
  security: none

nodes:
  - name: master
    request: 0x7E0
    response: 0x7E8

  # A range: {i} counts, here 1..4.
  - name: slave-{i}
    count: 4
    first: 1
    groups: [slaves] # canvoy flash ... --only slaves
    request: 0x600 + {i}
    response: 0x680 + {i}

# profiles:
#   mine:
#     extends: iso14229
#     erase: { request: "31 01 FF 00 44 {address:4} {size:4}", good: [0x00, 0x01] }
#     timing: { p2Ms: 150 }
`;
