/**
 * Made up, and public: the example plays both sides. For a real provider they would be
 * `secret('INVENTORY_CLIENT_SECRET')` and so on, from the environment or from files.
 */
export const credentials = {
  client: { id: 'bi-department', secret: 'example-client-secret' },
  apiKey: 'example-api-key-1234',
  user: { name: 'bi', password: 'example-password' },
};

export const port = Number(process.env.WAREHOUSE_PORT ?? 8095);
export const address = process.env.WAREHOUSE_URL ?? `http://127.0.0.1:${port}`;
