// Validates queries of GraphQL with GitHub's own schema: a list of them as JSON on the input. Prints what is wrong with each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { buildSchema, parse, validate } = createRequire(`${process.cwd()}/`)('graphql');
const text = readFileSync('node_modules/@octokit/graphql-schema/schema.graphql', 'utf8');
// GitHub's schema defines a field twice.
const schema = buildSchema(text, { assumeValid: true, assumeValidSDL: true });
const queries = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(queries.map((query) => validate(schema, parse(query)).map((error) => error.message))));
