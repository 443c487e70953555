import { ownTracks } from '../../../formats/own-tracks.ts';

export const format = ownTracks();
