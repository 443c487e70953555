import { type SecretText, secret } from 'millrace';

/** By their names, as for a real provider; where the environment has none, the example plays both sides with public ones. */
export const credentials = {
  client: {
    id: 'bi-department',
    secret: exampleSecret('WAREHOUSE_CLIENT_SECRET', 'example-client-secret'),
  },
  apiKey: exampleSecret('WAREHOUSE_API_KEY', 'example-api-key-1234'),
  user: { name: 'bi', password: exampleSecret('WAREHOUSE_PASSWORD', 'example-password') },
};

export const port = Number(process.env.WAREHOUSE_PORT ?? 8095);
export const address = process.env.WAREHOUSE_URL ?? `http://127.0.0.1:${port}`;

function exampleSecret(name: string, text: string): SecretText {
  const isGiven = process.env[name] || process.env[`${name}_FILE`];
  if (!isGiven) process.env[name] = text;
  return secret(name);
}
