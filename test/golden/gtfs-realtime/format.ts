import { gtfsRealtime } from '../../../formats/gtfs-realtime.ts';

export const format = gtfsRealtime();
