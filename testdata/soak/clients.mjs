// Programs of others read what this one gives out: node clients.mjs WHAT FILE… prints what they
// understood, as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [what, ...files] = process.argv.slice(2);

const clients = {
  // how many entries each theme has, of Parquet and of CSV
  async duckdb([parquet, csv]) {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const counts = async (query) => Object.fromEntries((await (await connection.runAndReadAll(query)).getRowObjects()).map((row) => [row.theme, Number(row.n)]));
    return {
      parquet: await counts(`SELECT theme, count(*) AS n FROM (SELECT unnest(themes) AS theme FROM read_parquet('${parquet}')) GROUP BY theme`),
      csv: await counts(`SELECT theme, count(*) AS n FROM (SELECT unnest(string_split(themes, ' | ')) AS theme FROM read_csv('${csv}', header = true, all_varchar = true, max_line_size = 16777216) WHERE themes IS NOT NULL) GROUP BY theme`),
      title: (await (await connection.runAndReadAll(`SELECT title_ar FROM read_parquet('${parquet}') WHERE id = 'starter:seeds-of-peace-camp'`)).getRowObjects())[0]?.title_ar,
    };
  },
  // titles that a reference manager finds
  async cite([file]) {
    const { Cite } = require("@citation-js/core");
    require("@citation-js/plugin-ris");
    require("@citation-js/plugin-bibtex");
    return new Cite(readFileSync(file, "utf8")).data.map(({ title, author, URL }) => ({ title, author: author?.length ?? 0, URL }));
  },
  // errors of a Data Package and the rows of its table
  async package([file]) {
    const { Package } = require("datapackage");
    const loaded = await Package.load(file);
    const resource = loaded.getResource("records");
    const rows = await resource.read({ keyed: true });
    return { valid: loaded.valid, errors: loaded.errors.map(String), rows: rows.length, first: rows[0].id };
  },
  // the statements of a JSON-LD document, without asking for its context on the web
  async jsonld([file]) {
    const jsonld = require("jsonld");
    const document = JSON.parse(readFileSync(file, "utf8"));
    const documentLoader = async (url) => ({ contextUrl: null, documentUrl: url, document: { "@context": { "@vocab": "https://schema.org/", id: "@id", type: "@type" } } });
    const quads = await jsonld.toRDF(document, { documentLoader, format: "application/n-quads" });
    return { statements: quads.trim().split("\n").length };
  },
};

console.log(JSON.stringify(await clients[what](files)));
