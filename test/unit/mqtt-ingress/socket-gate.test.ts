import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { SocketGate } from '../../../services/mqtt-ingress/socket-gate.ts';
import { until } from '../../support/until.ts';

test('a shut gate takes nothing, TCP holds the sender back, and nothing is lost when it opens', async () => {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer(accepted.resolve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  const sender = connect(address.port, '127.0.0.1');
  const socket = await accepted.promise;
  const gate = new SocketGate(socket, () => undefined);
  let bytes = 0;
  socket.on('readable', () => {
    bytes += (socket.read() as Buffer | null)?.length ?? 0;
  });
  try {
    sender.write('before');
    await until(() => bytes === 6);
    gate.shut();
    const total = 32 * 1024 * 1024;
    sender.write(Buffer.alloc(total));
    await until(() => socket.readableLength > 0);
    assert.equal(bytes, 6);
    assert.ok(sender.writableLength > 0, 'the sender still has some');
    assert.ok(socket.readableLength < 1024 * 1024, 'we have little');
    gate.open();
    await until(() => bytes === 6 + total);
  } finally {
    sender.destroy();
    socket.destroy();
    server.close();
  }
});
