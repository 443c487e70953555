export interface Migration {
  /** Rises by one; never changed once released. */
  readonly version: number;
  readonly name: string;
  /** `postgis`: the schema that the extension stands in, quoted. Run within the schema of Millrace. */
  readonly sql: (postgis: string) => string;
}

/** Every table of Millrace stands here: a name that other programs rely on. */
export const schema = 'millrace';

// Keys are compared byte by byte (COLLATE "C"), so that pages have the same order wherever the database was made.
// The checks on keys' lengths come before a B-tree refuses them by an error that isn't about one record.
// `stamps` and `version` are the sink's own: what it needs to merge, and to see that nobody else wrote meanwhile.
const entities = (postgis: string) => `
CREATE TABLE entities (
  entity_type text COLLATE "C" NOT NULL,
  entity_id text COLLATE "C" NOT NULL,
  source text NOT NULL,
  observed_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  numbers jsonb NOT NULL,
  flags jsonb NOT NULL,
  texts jsonb NOT NULL,
  tags jsonb NOT NULL,
  lat double precision,
  lon double precision,
  altitude double precision,
  position ${postgis}.geography(Point, 4326) GENERATED ALWAYS AS (CASE
    WHEN lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180
    THEN ${postgis}.ST_SetSRID(${postgis}.ST_MakePoint(lon, lat), 4326)::${postgis}.geography END) STORED,
  zones text[] NOT NULL,
  field_times jsonb NOT NULL,
  stamps text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (entity_type, entity_id),
  CHECK (octet_length(entity_type) + octet_length(entity_id) <= 2000)
) WITH (fillfactor = 70);
CREATE INDEX entities_position ON entities USING gist (position);
CREATE INDEX entities_zones ON entities USING gin (zones);
COMMENT ON TABLE entities IS 'Latest of each entity, merged per field.';
COMMENT ON COLUMN entities.field_times IS 'When each field was observed: microseconds since 1970.';
`;

const account = `
CREATE TABLE meta (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE offsets (topic text COLLATE "C" NOT NULL, partition integer NOT NULL, next_offset bigint NOT NULL,
  PRIMARY KEY (topic, partition)) WITH (fillfactor = 50);
CREATE TABLE counts (partition integer NOT NULL, source text COLLATE "C" NOT NULL, stored bigint NOT NULL,
  expired bigint NOT NULL, dead_lettered bigint NOT NULL, PRIMARY KEY (partition, source)) WITH (fillfactor = 50);
CREATE TABLE ingress_counts (partition integer NOT NULL, source text COLLATE "C" NOT NULL,
  dead_lettered bigint NOT NULL, PRIMARY KEY (partition, source)) WITH (fillfactor = 50);
`;

const deadLetters = `
CREATE TABLE dead_letters (
  id text COLLATE "C" PRIMARY KEY,
  source text NOT NULL,
  stage text NOT NULL,
  reason text NOT NULL,
  detail text NOT NULL,
  place text,
  topic text,
  content_type text NOT NULL,
  bytes bytea NOT NULL,
  total_bytes bigint NOT NULL,
  sha256 text,
  event_id text,
  received_at timestamptz NOT NULL,
  dead_at timestamptz NOT NULL
);
CREATE INDEX dead_letters_newest ON dead_letters (dead_at DESC, id DESC);
`;

const registers = (postgis: string) => `
CREATE TABLE registers (
  register text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  numbers jsonb NOT NULL,
  flags jsonb NOT NULL,
  texts jsonb NOT NULL,
  lat double precision,
  lon double precision,
  altitude double precision,
  position ${postgis}.geography(Point, 4326) GENERATED ALWAYS AS (CASE
    WHEN lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180
    THEN ${postgis}.ST_SetSRID(${postgis}.ST_MakePoint(lon, lat), 4326)::${postgis}.geography END) STORED,
  geometry jsonb,
  log_offset bigint NOT NULL,
  PRIMARY KEY (register, key),
  CHECK (octet_length(register) + octet_length(key) <= 2000)
);
CREATE INDEX registers_position ON registers USING gist (position);
COMMENT ON COLUMN registers.geometry IS 'GeoJSON; ST_GeomFromGeoJSON(geometry) makes a geometry of it.';
`;

const deadLetterMarks = `
ALTER TABLE dead_letters ADD COLUMN part integer, ADD COLUMN parts integer;
CREATE TABLE dead_letter_marks (
  id text COLLATE "C" PRIMARY KEY,
  state text NOT NULL,
  dead_at timestamptz NOT NULL,
  at timestamptz NOT NULL,
  action text NOT NULL,
  reason text NOT NULL
);
CREATE INDEX dead_letter_marks_oldest ON dead_letter_marks (at);
COMMENT ON TABLE dead_letter_marks IS
  'What was done with dead letters. One that died later than its mark says (dead_at) is open again.';
`;

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'entities, dead letters, registers, offsets and counts',
    sql: (postgis) => [entities(postgis), account, deadLetters, registers(postgis)].join(''),
  },
  { version: 2, name: 'what was done with dead letters', sql: () => deadLetterMarks },
];
