const PROJECT = new URL("../..", import.meta.url).pathname;

/** Two nodes on a classic bus and one on CAN FD, all with the same image of 64 KiB. */
export const TWO_BUS_FLEET = `
buses:
  body: { url: "virtual:body", bitrate: 1000000 }
  chassis: { url: "virtual:chassis", bitrate: 1000000, dataBitrate: 4000000 }
images:
  app: { file: app.hex, version: 2.0.0 }
  io: { file: io.elf, version: 2.0.0 }
layouts:
  f407:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 864K }
  g474:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 480K }
defaults:
  security: { xor: "C3 5A 96 0F" }
nodes:
  - name: node-{i}
    count: 2
    bus: body
    request: 0x700 + {i}
    response: 0x780 + {i}
    device: STM32F407VG
    layout: f407
    image: app
    sim: { behaviour: { flashTimeScale: 0.1 } }
  - name: wheel
    bus: chassis
    request: 0x600
    response: 0x680
    device: STM32G474RE
    layout: g474
    image: io
`;

/** A folder with that fleet and its images, for as long as `body` runs. */
export async function withFleet(
  body: (fleet: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const images = `${PROJECT}/configs/images`;
    Deno.copyFileSync(`${images}/f407_v2.hex`, `${folder}/app.hex`);
    Deno.copyFileSync(`${images}/g474_v2.elf`, `${folder}/io.elf`);
    Deno.writeTextFileSync(`${folder}/fleet.yaml`, TWO_BUS_FLEET);
    await body(`${folder}/fleet.yaml`, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
