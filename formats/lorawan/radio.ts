import type { Position } from '../../core/reading.ts';
import { present } from '../device/present.ts';
import type { Uplink } from './uplink.ts';

/** What a gateway says of how it heard an uplink. */
export interface Reception {
  readonly gateway: string | undefined;
  readonly rssi: number | undefined;
  readonly snr: number | undefined;
  readonly location: Position | null;
}

/** The radio values of an uplink: those of its frame, and how the best of the gateways heard it. */
export function radioOf({ receptions, device, port, confirmed, frame }: Uplink) {
  const best = bestOf(receptions);
  const numbers = {
    rssi: best?.rssi,
    snr: best?.snr,
    ...frame,
    port,
    gatewayLatitude: best?.location?.lat,
    gatewayLongitude: best?.location?.lon,
  };
  return {
    numbers: present(numbers),
    flags: { confirmed },
    texts: present({ deviceName: device.name, gateway: best?.gateway }),
    gatewayLocation: best?.location ?? null,
  };
}

/** By SNR, then by RSSI. */
function bestOf(receptions: readonly Reception[]): Reception | undefined {
  const [best] = [...receptions].sort(
    (a, b) => (b.snr ?? -1000) - (a.snr ?? -1000) || (b.rssi ?? -1000) - (a.rssi ?? -1000),
  );
  return best;
}
