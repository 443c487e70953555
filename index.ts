/** What a `millrace.config.ts` imports. */

export { connectPublisher } from './cli/replay/connect-publisher.ts';
export { openRecording } from './cli/replay/open-recording.ts';
export { playRecording } from './cli/replay/play-recording.ts';
export { readReplayMapping } from './cli/replay/replay-mapping.ts';
export { driveFleet } from './cli/simulate/drive-fleet.ts';
export { createFleet } from './cli/simulate/fleet.ts';
export { readRoads, roadNetwork } from './cli/simulate/road-network.ts';
// For a demonstration of one's own: recordings and simulations, published like any device publishes.
export type { Demo, DemoContext } from './core/config/pipeline.ts';
export { decimal, definePipeline, flag, number, tag, text } from './core/config/pipeline.ts';
export type { PollDeclaration } from './core/config/poll-declaration.ts';
export { type Secret, type SecretText, secret } from './core/config/secret.ts';
export type { Format, FormatInput, FormatMemory, FormatOutcome } from './core/format.ts';
export type { Observation, Position, Reading } from './core/reading.ts';
export { cbor } from './formats/cbor.ts';
export { chirpStack } from './formats/chirp-stack.ts';
export { cloudEvents } from './formats/cloud-events.ts';
export { csv } from './formats/csv.ts';
export { custom } from './formats/custom.ts';
export { gtfsRealtime, gtfsTrip, gtfsTripStop, gtfsVehicle } from './formats/gtfs-realtime.ts';
export { type HomieOptions, homie, homieDevice } from './formats/homie.ts';
export { hslHfp, hslHfpVehicle } from './formats/hsl-hfp.ts';
export { json } from './formats/json.ts';
export { lineProtocol } from './formats/line-protocol.ts';
export type { LoraWanCodec, LoraWanCodecInput, LoraWanFields } from './formats/lorawan/codec.ts';
export { loraWanDevice } from './formats/lorawan/device-model.ts';
export { msgpack } from './formats/msgpack.ts';
export { ownTracks, ownTracksTracker } from './formats/own-tracks.ts';
export { plainValue } from './formats/plain-value.ts';
export { senml } from './formats/senml.ts';
export { shellyComponent, shellyGen2 } from './formats/shelly-gen2.ts';
export { type SparkplugBOptions, sparkplugB, sparkplugNode } from './formats/sparkplug-b.ts';
export { tasmota, tasmotaDevice, tasmotaSensor } from './formats/tasmota.ts';
export { theThingsStack } from './formats/the-things-stack.ts';
export { zigbee2mqtt, zigbee2mqttDevice } from './formats/zigbee2mqtt.ts';
