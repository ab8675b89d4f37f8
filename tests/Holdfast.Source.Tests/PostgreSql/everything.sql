-- One of each kind of object that a cluster can have, with odd names and values. Run in the database postgres.
CREATE ROLE "Owner ""q""" LOGIN PASSWORD 'secret';
CREATE ROLE readers NOLOGIN;
CREATE ROLE member LOGIN VALID UNTIL '2030-01-01' CONNECTION LIMIT 3 IN ROLE readers;
ALTER ROLE member SET work_mem = '8MB';
COMMENT ON ROLE member IS 'a comment
CREATE ROLE nobody;';
CREATE DATABASE "odd 'na/me"" ü" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
COMMENT ON DATABASE "odd 'na/me"" ü" IS 'of a database';
ALTER DATABASE "odd 'na/me"" ü" SET work_mem = '16MB';
ALTER ROLE member IN DATABASE "odd 'na/me"" ü" SET enable_seqscan = off;
GRANT CONNECT ON DATABASE "odd 'na/me"" ü" TO readers;
CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE files;
CREATE DATABASE shop OWNER "Owner ""q""";
REVOKE CONNECT ON DATABASE shop FROM public;
CREATE TABLE public.in_postgres (id int PRIMARY KEY);
INSERT INTO in_postgres VALUES (1);

\connect "odd 'na/me"" ü"
SET client_encoding = 'UTF8';
CREATE SCHEMA "a.b/c";
CREATE TABLE "a.b/c"."t%.""é 	" ("co,l""umn" int PRIMARY KEY, "sel;ect" text);
INSERT INTO "a.b/c"."t%.""é 	" VALUES (2, E'tab\tnewline\nback\\slash\rreturn'), (1, '\.'), (3, NULL), (4, ''), (5, '\N');
CREATE SCHEMA "a";
CREATE TABLE "a"."b.c" (x int);
CREATE TABLE "a.b"(x int);
CREATE SCHEMA "a.b";
CREATE TABLE "a.b"."c" (x int);
INSERT INTO "a.b"."c" VALUES (7);

\connect latin
SET client_encoding = 'UTF8';
CREATE TABLE "größe" (t text);
INSERT INTO "größe" VALUES ('äöüß'), ('café');

\connect shop
SET client_encoding = 'UTF8';
CREATE SCHEMA sales AUTHORIZATION "Owner ""q""";
COMMENT ON SCHEMA sales IS 'of a schema';
CREATE TYPE sales.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE sales.pair AS (a int, b text);
CREATE TYPE sales.span AS RANGE (subtype = float8);
CREATE DOMAIN sales.positive AS int CHECK (VALUE > 0);
CREATE COLLATION sales.plain FROM "C";
CREATE FUNCTION sales.add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION sales.add(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || b';
CREATE PROCEDURE sales.nothing() LANGUAGE plpgsql AS $$ BEGIN
-- PostgreSQL database dump complete
NULL; END $$;
CREATE AGGREGATE sales.total(int) (sfunc = sales.add, stype = int, initcond = '0');
CREATE OPERATOR sales.=+= (leftarg = int, rightarg = int, function = sales.add);
CREATE TABLE sales.kinds (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100) PRIMARY KEY,
  b bytea, f float8, r float4, n numeric, j json, jb jsonb, a int[], aa text[], m sales.mood, p sales.pair, s sales.span, d sales.positive,
  t text COLLATE sales.plain, ts timestamptz, iv interval, u uuid, bits bit varying(9), inet inet, xml xml, mo money, ts_v tsvector, pt point,
  twice float8 GENERATED ALWAYS AS (f * 2) STORED, later text);
ALTER TABLE sales.kinds DROP COLUMN later;
INSERT INTO sales.kinds (b, f, r, n, j, jb, a, aa, m, p, s, d, t, ts, iv, u, bits, inet, xml, mo, ts_v, pt) VALUES
  ('\x00ff5c0a', 'NaN', '-Infinity', 'NaN', '{"a": "\u00e9 \\ \n"}', '{"b": [1, null]}', '{1,NULL,3}', '{"a,b","{c}","NULL",NULL,"\\"}', 'ok', '(1,"x ""y""")', '[1.5,2)', 1, '𝔘𝔫𝔦 🐘',
   '2026-02-03 04:05:06.789+02', '1 year 2 days -03:04', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', B'101', '10.0.0.0/8', '<a>x</a>', '12.34', 'a:1 b:2', '(1,2)'),
  (NULL, 'Infinity', 1e-30, 12345678901234567890.123, NULL, NULL, '{}', NULL, NULL, NULL, 'empty', NULL, E'line\nbreak\ttab \\. \\N', 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO sales.kinds (f) SELECT g / 3.0 FROM generate_series(1, 500) g;
CREATE TABLE sales.empty (id int PRIMARY KEY);
CREATE TABLE sales.no_columns ();
INSERT INTO sales.no_columns DEFAULT VALUES;
INSERT INTO sales.no_columns DEFAULT VALUES;
CREATE TABLE sales.no_key (a int, b text);
INSERT INTO sales.no_key SELECT g % 3, 'x' FROM generate_series(1, 20) g;
CREATE TABLE sales.only_generated (g int GENERATED ALWAYS AS (1 + 1) STORED);
INSERT INTO sales.only_generated DEFAULT VALUES;
CREATE UNLOGGED TABLE sales.unlogged (id serial PRIMARY KEY, v text DEFAULT 'd' NOT NULL);
INSERT INTO sales.unlogged DEFAULT VALUES;
CREATE TABLE sales.parent (id int, v text);
CREATE TABLE sales.child (extra int) INHERITS (sales.parent);
INSERT INTO sales.parent VALUES (1, 'parent');
INSERT INTO sales.child VALUES (2, 'child', 3);
CREATE TABLE sales.parts (id int, at date, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE sales.parts_2025 PARTITION OF sales.parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE sales.parts_rest PARTITION OF sales.parts DEFAULT PARTITION BY HASH (id);
CREATE TABLE sales.parts_rest_0 PARTITION OF sales.parts_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sales.parts_rest_1 PARTITION OF sales.parts_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO sales.parts SELECT g, date '2025-06-01' + g * 7, 'v' || g FROM generate_series(1, 100) g;
CREATE INDEX parts_v ON sales.parts (v) WHERE id > 5;
CREATE TABLE sales.refers (id int PRIMARY KEY, kind bigint REFERENCES sales.kinds DEFERRABLE, part int, at date, FOREIGN KEY (part, at) REFERENCES sales.parts,
  CONSTRAINT low CHECK (id < 1000), EXCLUDE USING btree (part WITH =));
INSERT INTO sales.refers VALUES (1, 100, 1, '2025-06-08');
CREATE STATISTICS sales.st ON a, b FROM sales.no_key;
CREATE SEQUENCE sales.manual INCREMENT -5 MAXVALUE 1000 START 900 CYCLE;
SELECT setval('sales.manual', 42, false);
SELECT nextval('sales.unlogged_id_seq');
CREATE SEQUENCE sales."unused ""seq""";
CREATE VIEW sales.v AS SELECT id, twice FROM sales.kinds;
CREATE VIEW sales.vv AS SELECT count(*) AS n FROM sales.v;
CREATE MATERIALIZED VIEW sales.aaa_second AS SELECT 1 AS n WITH NO DATA;
DROP MATERIALIZED VIEW sales.aaa_second;
CREATE MATERIALIZED VIEW sales.zzz_first AS SELECT n FROM sales.vv;
CREATE MATERIALIZED VIEW sales.aaa_second AS SELECT n FROM sales.zzz_first;
CREATE MATERIALIZED VIEW sales.unfilled AS SELECT 1 AS one WITH NO DATA;
CREATE UNIQUE INDEX ON sales.zzz_first (n);
CREATE RULE quiet AS ON DELETE TO sales.empty DO INSTEAD NOTHING;
CREATE FUNCTION sales.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'INSERT' THEN RAISE EXCEPTION 'a trigger fired during the load'; END IF; RETURN NEW; END $$;
CREATE TRIGGER "on" BEFORE INSERT ON sales.no_key FOR EACH ROW EXECUTE FUNCTION sales.fires();
CREATE TRIGGER parted AFTER UPDATE ON sales.parts FOR EACH ROW EXECUTE FUNCTION sales.fires();
ALTER TABLE sales.no_key DISABLE TRIGGER "on";
CREATE TABLE sales.guarded (id int PRIMARY KEY, who text);
INSERT INTO sales.guarded VALUES (1, 'member'), (2, 'other');
ALTER TABLE sales.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sales.guarded FOR SELECT TO readers USING (who = current_user);
CREATE FUNCTION sales.event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION sales.event();
CREATE PUBLICATION pub FOR TABLE sales.empty, sales.parts;
CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere' PUBLICATION pub WITH (connect = false);
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy OPTIONS (host 'h');
CREATE USER MAPPING FOR readers SERVER elsewhere OPTIONS (password 'p');
CREATE FOREIGN TABLE sales.far (id int) SERVER elsewhere;
CREATE TEXT SEARCH DICTIONARY sales.dict (TEMPLATE = pg_catalog.simple);
CREATE TEXT SEARCH CONFIGURATION sales.conf (COPY = pg_catalog.simple);
CREATE CAST (sales.pair AS text) WITH INOUT;
ALTER DEFAULT PRIVILEGES FOR ROLE "Owner ""q""" IN SCHEMA sales GRANT SELECT ON TABLES TO readers;
ALTER TABLE sales.kinds OWNER TO "Owner ""q""";
GRANT SELECT (id, f), UPDATE (f) ON sales.kinds TO readers;
GRANT SELECT ON sales.empty TO member WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION sales.add(int, int) TO readers;
GRANT USAGE ON SCHEMA sales TO readers;
COMMENT ON TABLE sales.kinds IS 'of a table';
COMMENT ON COLUMN sales.kinds.b IS 'of a column';
SELECT lo_from_bytea(700001, '\x0001'), lo_from_bytea(700002, decode(repeat('ab', 300000), 'hex'));
ALTER LARGE OBJECT 700002 OWNER TO member;
GRANT SELECT ON LARGE OBJECT 700001 TO readers;
COMMENT ON LARGE OBJECT 700001 IS 'of a large object';
