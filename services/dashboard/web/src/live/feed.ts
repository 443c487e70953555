import type { ApiReading, ApiReset, ApiSnapshot } from '../../../api-types.ts';
import { asksForToken } from '../app/api-client.ts';
import { Observable } from '../app/observable.ts';
import { RateMeter } from './rate-meter.ts';
import { sightingOfEntity, sightingOfReading } from './sighting-of.ts';
import { type LiveEntity, World } from './world.ts';

/**
 * connecting: never had anything; snapshot: parts are coming; live; offline: was live and tries again from its cursor;
 * token: the server asks for one.
 */
export type Connection = 'connecting' | 'snapshot' | 'live' | 'offline' | 'token';

export interface FeedState {
  readonly connection: Connection;
  /** Since when the connection is as it is (epoch ms). */
  readonly since: number;
  /** False: the store couldn't be read, and the snapshot lacks entities. */
  readonly complete: boolean;
  /** The server couldn't go on from the cursor, with its reason; gone again with "dismiss". */
  readonly reset: ApiReset | null;
  /** A whole snapshot has come at least once. */
  readonly begun: boolean;
}

type ReadingListener = (entity: LiveEntity, reading: ApiReading) => void;
type FrameListener = (changed: readonly LiveEntity[], nowMs: number) => void;

/** The longest that anything stays unsaid: a server says something at least every 15 s. */
const silenceMs = 40_000;

/** Follows `GET /api/v1/live`, merges what comes into the world at once, and tells listeners once a frame. */
export class Feed {
  readonly world = new World();
  readonly rate = new RateMeter();
  readonly state = new Observable<FeedState>({
    connection: 'connecting',
    since: Date.now(),
    complete: true,
    reset: null,
    begun: false,
  });
  readonly #frameListeners = new Set<FrameListener>();
  readonly #readingListeners = new Set<ReadingListener>();
  #stream: EventSource | undefined;
  #cursor = '';
  #attempt = 0;
  #framePending = false;
  #lastWordMs = Date.now();

  constructor() {
    window.setInterval(() => this.#watchSilence(), 5000);
    window.addEventListener('online', () => this.#openAgainNow());
  }

  /** Listeners get every entity changed since the last frame. Returns the way to end it. */
  onFrame(listener: FrameListener): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  onReading(listener: ReadingListener): () => void {
    this.#readingListeners.add(listener);
    return () => this.#readingListeners.delete(listener);
  }

  open(): void {
    this.#stream?.close();
    const query = this.#cursor === '' ? '' : `?lastEventId=${encodeURIComponent(this.#cursor)}`;
    const stream = new EventSource(`/api/v1/live${query}`);
    this.#stream = stream;
    this.#lastWordMs = Date.now();
    stream.addEventListener('open', () => this.#onOpen());
    stream.addEventListener('error', () => this.#onError(stream));
    stream.addEventListener('snapshot', (event) => this.#onSnapshot(event));
    stream.addEventListener('reading', (event) => this.#onReadings(event));
    stream.addEventListener('reset', (event) => this.#onReset(event));
    // All is well; and the cursor comes forward where nothing was to be told.
    stream.addEventListener('heartbeat', (event) => this.#heard(event));
  }

  dismissReset(): void {
    this.state.update({ reset: null });
  }

  #onOpen(): void {
    this.#attempt = 0;
    this.#lastWordMs = Date.now();
    this.#become(this.state.get().begun && this.#cursor !== '' ? 'live' : 'snapshot');
  }

  #onSnapshot(event: MessageEvent<string>): void {
    this.#heard(event);
    const snapshot = JSON.parse(event.data) as ApiSnapshot;
    if (snapshot.part === 0) this.world.clear();
    for (const entity of snapshot.entities) this.world.see(sightingOfEntity(entity));
    if (snapshot.last) this.state.update({ begun: true, complete: snapshot.complete });
    this.#become(snapshot.last ? 'live' : 'snapshot');
    this.#askForFrame();
  }

  #onReadings(event: MessageEvent<string>): void {
    this.#heard(event);
    const readings = JSON.parse(event.data) as readonly ApiReading[];
    this.rate.count(readings.length, this.#lastWordMs);
    for (const reading of readings) {
      const entity = this.world.see(sightingOfReading(reading));
      for (const listener of this.#readingListeners) listener(entity, reading);
    }
    this.#become('live');
    this.#askForFrame();
  }

  #onReset(event: MessageEvent<string>): void {
    this.#heard(event);
    this.#become('snapshot');
    this.state.update({ reset: JSON.parse(event.data) as ApiReset });
  }

  #heard(event: MessageEvent): void {
    this.#lastWordMs = Date.now();
    if (event.lastEventId !== '') this.#cursor = event.lastEventId;
  }

  /** A browser tries again by itself unless the answer was an error; then it is for us. */
  #onError(stream: EventSource): void {
    if (stream !== this.#stream) return;
    const { begun, complete } = this.state.get();
    this.#become(begun ? 'offline' : 'connecting');
    if (!complete) {
      // From the cursor it would go on without the entities that the snapshot lacked.
      this.#cursor = '';
      stream.close();
    }
    if (stream.readyState !== EventSource.CLOSED) return;
    void asksForToken().then((asks) => {
      if (stream !== this.#stream) return;
      if (asks) this.#become('token');
      else this.#openLater();
    });
  }

  #openLater(): void {
    const waitMs = Math.min(10_000, 500 * 2 ** this.#attempt++) * (0.75 + Math.random() / 2);
    const stream = this.#stream;
    window.setTimeout(() => {
      if (stream === this.#stream) this.open();
    }, waitMs);
  }

  #openAgainNow(): void {
    if (this.state.get().connection === 'offline') this.open();
  }

  /** A connection that died without a word (a laptop that slept) never tells; the silence does. */
  #watchSilence(): void {
    const { connection } = this.state.get();
    if (connection === 'token' || Date.now() - this.#lastWordMs < silenceMs) return;
    if (this.#stream?.readyState === EventSource.OPEN) {
      this.#become('offline');
      this.open();
    }
  }

  #become(connection: Connection): void {
    if (this.state.get().connection !== connection) {
      this.state.update({ connection, since: Date.now() });
    }
  }

  #askForFrame(): void {
    if (this.#framePending) return;
    this.#framePending = true;
    requestAnimationFrame(() => {
      this.#framePending = false;
      const changed = this.world.takeChanged();
      for (const listener of this.#frameListeners) listener(changed, Date.now());
    });
  }
}
