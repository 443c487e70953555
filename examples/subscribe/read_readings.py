"""Prints enriched readings as JSON lines, decoded by the schemas that the registry gives.

python read_readings.py [--brokers localhost:9092] [--registry http://127.0.0.1:8080/registry] [--limit 10]
"""

import argparse
import json
import os
import sys
from datetime import datetime

from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brokers", default="localhost:9092")
    parser.add_argument("--registry", default="http://127.0.0.1:8080/registry")
    parser.add_argument("--token", help="MILLRACE_API_TOKEN, where the dashboard has one")
    parser.add_argument("--topic", default="readings.enriched.v1")
    parser.add_argument("--group", default="readings-example")
    parser.add_argument("--limit", type=int, help="ends after so many")
    return parser.parse_args()


def main():
    given = arguments()
    registry = {"url": given.registry}
    if given.token:
        registry["basic.auth.user.info"] = f"any:{given.token}"
    decode = AvroDeserializer(SchemaRegistryClient(registry))
    consumer = Consumer(
        {
            "bootstrap.servers": given.brokers,
            "group.id": given.group,
            "auto.offset.reset": "earliest",
            # Readings come in transactions: those that were taken back are not to be seen.
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([given.topic])
    printed = 0
    try:
        while given.limit is None or printed < given.limit:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise SystemExit(str(message.error()))
            context = SerializationContext(message.topic(), MessageField.VALUE)
            reading = decode(message.value(), context)
            print(json.dumps(reading, default=datetime.isoformat), flush=True)
            printed += 1
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        # As with `| head`: nobody reads on. Python would say so once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
