import { chirpStack } from '../../../formats/chirp-stack.ts';

export const format = chirpStack();
