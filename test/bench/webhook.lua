-- Signed deliveries of one reading by wrk (`apt-get install wrk`), against the pipeline of the bench:
--
--   MILLRACE_KAFKA_BROKERS=127.0.0.1:9092 npx millrace run webhook-ingress --config test/bench/webhook.config.ts
--   wrk -t1 -c100 -d20s --latency -s test/bench/webhook.lua http://127.0.0.1:8090
--
-- One body, and its HMAC-SHA-256 by the secret of webhook.config.ts: wrk would spend its time on making others.

wrk.method = 'POST'
wrk.path = '/webhooks/air'
wrk.body = '{"station":"s1","district":"d1","ts":1767225600000000,"pm25":11.25,"pm10":20.5,"no2":31.75,"temp":18.5,"hum":55,"x":"----------------------------"}'
wrk.headers['Content-Type'] = 'application/json'
wrk.headers['X-Signature'] = 'sha256=a3a8a33d79d57777fe86d12b7205138996c6c2c3b2315e3f551f28ce76ecec62'
