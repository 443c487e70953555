/**
 * What the API says on the wire: pure types, shared with the page. Times are RFC 3339 in UTC, with milliseconds, and
 * with microseconds where there are any (`2026-11-22T11:57:44.123Z`, `...123456Z`), unless the name ends in `Ms`.
 * Numbers are finite; a field without a value is absent.
 */

/** Every list. Give `nextCursor` as `cursor` to get what follows; null at the end. */
export interface ApiList<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** RFC 9457, `application/problem+json`. */
export interface ApiProblem {
  /** `urn:millrace:problem:<kind>`: `request-invalid`, `token-missing`, `not-found`, `origin-refused`, ... */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** A sentence for people. */
  readonly detail: string;
  /** What is wrong with the request, one by one. */
  readonly faults?: readonly ApiFault[];
}

export interface ApiFault {
  /** `query.bbox`, `body.token`, ... */
  readonly where: string;
  readonly expected: string;
  readonly came: string;
}

/** Degrees and metres. */
export interface ApiPosition {
  readonly lat: number;
  readonly lon: number;
  readonly altitude: number | null;
}

/** The latest of an entity, merged per field: `GET /api/v1/entities`. */
export interface ApiEntity {
  readonly entityType: string;
  readonly entityId: string;
  /** Of the newest reading, as are the times. */
  readonly source: string;
  readonly observedAt: string;
  readonly receivedAt: string;
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  /** Texts, and decimals as text. */
  readonly texts: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly position: ApiPosition | null;
  readonly zones: readonly string[];
}

/** `GET /api/v1/entities/{entityType}/{entityId}`: also each field's own time, `position` and `zones` among them. */
export interface ApiEntityDetail extends ApiEntity {
  readonly fieldTimes: Readonly<Record<string, string>>;
}

/** An entity in a live `snapshot`. */
export interface ApiSnapshotEntity extends ApiEntity {
  /** Times of those fields only that are older than `observedAt`; absent when there are none. */
  readonly fieldTimes?: Readonly<Record<string, string>>;
}

/**
 * One reading as it is, with the fields that this reading has (a null position is "not in this reading").
 * To merge it into an entity: a field is taken when `observedAt` is not older than the field's own time; fields
 * named in `unset` are removed under the same rule.
 */
export interface ApiReading extends ApiEntity {
  readonly eventId: string;
  readonly unset: readonly string[];
}

/**
 * `GET /api/v1/live?type=&bbox=&entity=&lastEventId=`, server-sent events. `type` and `entity` may repeat.
 * Each event's `id:` is a cursor; a browser sends it back as Last-Event-ID by itself, and the feed goes on without
 * a gap, without a new snapshot. Something is said at least every 15 s: at the least a `heartbeat`.
 * A box: readings of entities within, and the reading with which an entity leaves it.
 */
export interface ApiLiveEvents {
  /** `event: snapshot`: first, and after a `reset`. What was known before is void at part 0. */
  readonly snapshot: ApiSnapshot;
  /** `event: reading`: 1 to 500 readings, in order for each entity. */
  readonly reading: readonly ApiReading[];
  /** `event: reset`: the feed can't go on from the cursor; a new snapshot follows. */
  readonly reset: ApiReset;
  /** `event: heartbeat`: every 15 s, with the newest cursor; a feed without one for much longer is dead. */
  readonly heartbeat: ApiHeartbeat;
}

export interface ApiHeartbeat {
  /** The server's clock: to tell ages where the browser's own is wrong. */
  readonly now: string;
}

export interface ApiSnapshot {
  /** From 0; parts of up to 500 entities. */
  readonly part: number;
  /** True on the last part; `reading` events follow it. */
  readonly last: boolean;
  readonly entities: readonly ApiSnapshotEntity[];
  /**
   * False when the store can't be read just now, or is far behind: entities are missing, the readings that follow are
   * not. When the store is back a whole snapshot comes, and readings go on from there.
   */
  readonly complete: boolean;
}

export interface ApiReset {
  /** `expired`: the log no longer goes back so far; `other-log`: the cursor is of another log; `cursor-invalid`. */
  readonly reason: 'expired' | 'other-log' | 'cursor-invalid';
  readonly detail: string;
}

/** `GET /api/v1/models`: a list of these. */
export interface ApiModel {
  readonly entityType: string;
  readonly label: string;
  /** Readings are made up: say so wherever they show. */
  readonly simulated: boolean;
  /** The register whose entries, by entityId, hold the entities' shapes. */
  readonly geometryRegister: string | null;
  readonly colorField: string | null;
  readonly headingField: string | null;
  readonly usualIntervalMs: number | null;
  readonly fields: readonly ApiModelField[];
}

export interface ApiModelField {
  readonly name: string;
  readonly kind: 'number' | 'flag' | 'text' | 'decimal' | 'tag';
  readonly label: string;
  /** UCUM code of the values that the API gives. Null: no unit. */
  readonly unit: string | null;
  /** What people see: shown value = value * factor + offset, followed by `symbol`. */
  readonly display: ApiDisplay;
  readonly min: number | null;
  readonly max: number | null;
}

export interface ApiDisplay {
  /** UCUM code. Null: no unit. */
  readonly unit: string | null;
  /** For the eye: `km/h`, `°C`, `µg/m³`; empty when there is no unit. */
  readonly symbol: string;
  readonly factor: number;
  readonly offset: number;
}

/**
 * `GET /api/v1/series?entity=type/id&field=a,b&from=&to=&every=&fn=&maxPoints=`. `entity` may repeat; `every` as
 * `30s`, `5m`, `1h`; `fn` mean (default), min, max, last, count, p95. By default the last hour, at most 1,000 points.
 */
export interface ApiSeriesAnswer {
  readonly series: readonly ApiSeries[];
}

export interface ApiSeries {
  readonly entityType: string;
  readonly entityId: string;
  readonly field: string;
  /** UCUM code of the values (as `ApiModelField.unit`). */
  readonly unit: string | null;
  /** The window that was used; null when points are readings. */
  readonly everyMs: number | null;
  /** Epoch ms (of a window its start; of a reading with a fraction where it has microseconds) and value. */
  readonly points: readonly (readonly [epochMs: number, value: number | boolean | string])[];
  /** Smallest and largest value of each window, beside `points`; null when points are readings. */
  readonly band: readonly (readonly [min: number, max: number])[] | null;
}

/** `GET /api/v1/ledger`. Counts are readings. Every `difference` must be 0. */
export interface ApiLedger {
  /** Packets at our own broker that no source matches. */
  readonly unmatched: number;
  readonly sources: Readonly<Record<string, ApiLedgerSource>>;
}

export interface ApiLedgerSource {
  readonly accepted: number;
  readonly deduplicated: number;
  readonly filtered: number;
  readonly deadLettered: number;
  readonly passedOn: number;
  readonly derived: number;
  /** Accepted and not enriched yet. */
  readonly inFlight: number;
  readonly difference: number;
  readonly sinks: Readonly<Record<string, ApiLedgerSink>>;
}

export interface ApiLedgerSink {
  readonly stored: number;
  readonly expired: number;
  readonly deadLettered: number;
  readonly inFlight: number;
  readonly difference: number;
}

/** `GET /api/v1/dead-letters?source=&stage=&reason=&limit=&cursor=`: newest first. */
export interface ApiDeadLetter {
  readonly id: string;
  readonly source: string;
  /** `ingress`, `enricher`, or a sink's name. */
  readonly stage: string;
  readonly reason: string;
  /** A sentence: what was expected, what came. */
  readonly detail: string;
  readonly place: string | null;
  readonly topic: string | null;
  readonly contentType: string;
  /** Length of what came; more than is kept when `sha256` is not null. */
  readonly totalBytes: number;
  readonly sha256: string | null;
  /** The beginning as text, up to 200 characters; null when it is not UTF-8. */
  readonly preview: string | null;
  readonly eventId: string | null;
  readonly receivedAt: string;
  readonly deadAt: string;
  /** Which part of what came it is, from 0, and of how many; null: not known, or a record. */
  readonly part: number | null;
  readonly parts: number | null;
  readonly state: 'open' | 'replayed' | 'discarded';
  /** What was done with it, unless it is open. */
  readonly mark: { readonly at: string; readonly action: string; readonly reason: string } | null;
}

/** `GET /api/v1/dead-letters/{id}`. */
export interface ApiDeadLetterDetail extends ApiDeadLetter {
  readonly bytesBase64: string;
  /** All that is kept, as text; null when it is not UTF-8. */
  readonly text: string | null;
}

/** `GET /api/v1/dead-letter-groups`: a list of these, largest first. */
export interface ApiDeadLetterGroup {
  readonly source: string;
  readonly stage: string;
  readonly reason: string;
  /** The sum of the next three. */
  readonly count: number;
  readonly open: number;
  readonly replayed: number;
  readonly discarded: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** `POST /api/v1/dead-letters/replay`: one step of it; `cursor: nextCursor` asks for the next. */
export interface ApiReplay {
  /** In the record of actions; null for a dry run. */
  readonly action: string | null;
  /** Dead letters that were wanted. */
  readonly letters: number;
  /** Dead letters that were looked at for them. */
  readonly seen: number;
  /** Of those wanted: what went through, or would. */
  readonly replayed: number;
  readonly readings: number;
  readonly filtered: number;
  /** Readings older than history keeps: they are counted as expired, and not stored. */
  readonly expired: number;
  readonly stillDead: readonly {
    readonly reason: string;
    readonly count: number;
    readonly id: string;
    readonly detail: string;
  }[];
  readonly notes: readonly { readonly note: string; readonly letters: number }[];
  readonly nextCursor: string | null;
}

/** `POST /api/v1/dead-letters/discard`: one step of it. */
export interface ApiDiscard {
  readonly action: string | null;
  readonly letters: number;
  readonly seen: number;
  readonly nextCursor: string | null;
}

/** `GET /api/v1/dead-letter-actions`: a list of these, newest first. */
export interface ApiDeadLetterAction {
  readonly action: string;
  readonly verb: 'replay' | 'discard';
  readonly at: string;
  readonly by: string;
  readonly reason: string | null;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly letters: number;
  readonly readings: number;
  readonly stillDead: number;
  readonly lastAt: string | null;
  readonly isDone: boolean;
}

/** `GET /api/v1/registers`: a list of these. */
export interface ApiRegister {
  readonly name: string;
  readonly entries: number;
}

/** `GET /api/v1/registers/{name}?limit=&cursor=`: a list of these, by key; up to 5,000 at once (the default). */
export interface ApiRegisterEntry {
  readonly key: string;
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly position: ApiPosition | null;
  readonly geometry: ApiGeometry | null;
}

/** A GeoJSON geometry (RFC 7946). */
export type ApiGeometry =
  | { readonly type: 'Point'; readonly coordinates: readonly number[] }
  | {
      readonly type: 'LineString' | 'MultiPoint';
      readonly coordinates: readonly (readonly number[])[];
    }
  | {
      readonly type: 'Polygon' | 'MultiLineString';
      readonly coordinates: readonly (readonly (readonly number[])[])[];
    }
  | {
      readonly type: 'MultiPolygon';
      readonly coordinates: readonly (readonly (readonly (readonly number[])[])[])[];
    };

/** `GET /api/v1/pipeline`: what the page says about what it shows. */
export interface ApiPipeline {
  readonly name: string;
  /** Where the input is from; shown on the page. */
  readonly attribution: string | null;
  /** `styleUrl` null: no outside request is made. */
  readonly map: {
    readonly styleUrl: string | null;
    readonly center: readonly [lon: number, lat: number] | null;
    readonly zoom: number | null;
  };
  /** True when a demonstration (recordings, simulations) is played by this pipeline. */
  readonly demo: boolean;
  /** Our own broker; null when there is none. Packets go to `host:port`. */
  readonly mqtt: {
    readonly host: string;
    readonly port: number;
    /** True when it asks for a user and a password. */
    readonly credentials: boolean;
  } | null;
  readonly sources: readonly ApiSource[];
  /** What history holds; null: for ever. */
  readonly historyMs: number | null;
  /** The server's time at the answer: ages are told by it, not by the viewer's clock. */
  readonly now: string;
  /** A command of one line that publishes a first reading, for a page that has none; null when no source lends itself. */
  readonly firstReading: string | null;
}

export interface ApiSource {
  readonly name: string;
  readonly format: string;
  readonly topics: readonly string[];
  readonly entityTypes: readonly string[];
}

/** `GET /api/v1/history`: how much there is, and how far back. Null times: nothing yet. */
export interface ApiHistory {
  readonly entities: number;
  /** Null where the store doesn't count them (InfluxDB). */
  readonly readings: number | null;
  readonly oldest: string | null;
  readonly newest: string | null;
}

/**
 * `POST /api/v1/session` with this body: 204 and a cookie, or 401. Any other path answers 401
 * (`urn:millrace:problem:token-missing`) when a token is asked for: then show a field for it.
 */
export interface ApiSessionRequest {
  readonly token: string;
}
