"""Python's way: workers log through logging.handlers.QueueHandler, and a listener process writes the file, as in the logging
cookbook ("Logging to a single file from multiple processes").

    queue_handler.py <file> <workers> <records> <burst> [<signal>]

Prints JSON: ns per call (the median of bursts), ns of CPU per record of all processes, records per second. With a signal,
the worker kills itself by it at once after its last call, and nothing is measured.
"""

import json
import logging
import logging.handlers
import multiprocessing
import os
import statistics
import sys
import time


class JsonFormatter(logging.Formatter):
    def format(self, record):
        return json.dumps(
            {
                "level": record.levelno,
                "time": int(record.created * 1000),
                "pid": record.process,
                "n": record.n,
                "user": record.user,
                "path": record.path,
            },
            separators=(",", ":"),
        )


def listen(queue, file, figures):
    handler = logging.FileHandler(file)
    handler.setFormatter(JsonFormatter())
    before = time.process_time_ns()
    while (record := queue.get()) is not None:
        handler.handle(record)
    figures.put(("listener", time.process_time_ns() - before, 0))


def work(queue, start, records, burst, signal, figures):
    logger = logging.getLogger()
    logger.addHandler(logging.handlers.QueueHandler(queue))
    logger.setLevel(logging.INFO)
    start.wait()
    before = time.process_time_ns()
    bursts = []
    for begin in range(0, records, burst):
        at = time.perf_counter_ns()
        for n in range(begin, begin + burst):
            logger.info("", extra={"n": n, "user": "u-1024", "path": "/orders"})
        bursts.append((time.perf_counter_ns() - at) / burst)
    if signal:
        os.kill(os.getpid(), signal)
    # Whoever ends waits for the thread that feeds the queue.
    queue.close()
    queue.join_thread()
    figures.put(("worker", time.process_time_ns() - before, statistics.median(bursts)))


def main():
    file, workers, records, burst, *rest = sys.argv[1:]
    workers, records, burst = int(workers), int(records), int(burst)
    signal = int(rest[0]) if rest else 0
    # As everywhere but on Linux, and there from Python 3.14 on: no lock is inherited.
    spawn = multiprocessing.get_context("spawn")
    queue, figures, start = spawn.Queue(-1), spawn.Queue(), spawn.Barrier(workers + 1)
    listener = spawn.Process(target=listen, args=(queue, file, figures), daemon=True)
    listener.start()
    them = [
        spawn.Process(target=work, args=(queue, start, records, burst, signal, figures)) for _ in range(workers)
    ]
    for worker in them:
        worker.start()
    start.wait()
    begin = time.perf_counter()
    for worker in them:
        worker.join()
    if signal:
        # Time to write what has come. Nobody may ask the listener to end: the queue's lock may have died with the worker.
        listener.join(2)
        return
    queue.put(None)
    listener.join()
    seconds = time.perf_counter() - begin
    results = [figures.get() for _ in range(workers + 1)]
    total = workers * records
    print(
        json.dumps(
            {
                "median": round(statistics.median(call for who, _, call in results if who == "worker")),
                "cpu": round(sum(cpu for _, cpu, _ in results) / total),
                "perSecond": round(total / seconds),
            }
        )
    )


if __name__ == "__main__":
    main()
