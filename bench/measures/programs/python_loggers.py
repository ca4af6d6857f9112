"""Logging from several processes in Python: one listener writes the file for all workers.

    python_loggers.py <contender> <file> <workers> <records> <burst> [<signal>]

queue-handler: logging.handlers.QueueHandler in each worker, and a listener process, as in the logging cookbook ("Logging
to a single file from multiple processes"). loguru: its sink with enqueue=True, whose thread in the parent is the listener,
as in its docs ("Compatibility with multiprocessing using enqueue argument").

Prints JSON: ns per call (the median of bursts), ns of CPU per record of all processes, records per second. With a signal,
the worker kills itself with it right after its last call, and nothing is measured.
"""

import json
import logging
import logging.handlers
import multiprocessing
import os
import statistics
import sys
import time

# Time to write what has come, after a worker was killed. The listener can't be asked to end: the lock of the queue may
# have died with the worker.
DRAIN_SECONDS = 2


def json_line(level, ms, pid, extra):
    return json.dumps({"level": level, "time": ms, "pid": pid, **extra}, separators=(",", ":"))


class JsonFormatter(logging.Formatter):
    def format(self, record):
        extra = {"n": record.n, "user": record.user, "path": record.path}
        return json_line(record.levelno, int(record.created * 1000), record.process, extra)


class QueueHandler:
    """The listener is a process."""

    def __init__(self, file):
        self.queue = multiprocessing.Queue(-1)
        self.cpu = multiprocessing.Value("q", 0)
        self.listener = multiprocessing.Process(target=self.listen, args=(self.queue, self.cpu, file), daemon=True)
        self.listener.start()

    @staticmethod
    def listen(queue, cpu, file):
        handler = logging.FileHandler(file)
        handler.setFormatter(JsonFormatter())
        before = time.process_time_ns()
        while (record := queue.get()) is not None:
            handler.handle(record)
        cpu.value = time.process_time_ns() - before

    def end(self):
        """Waits until the listener has written everything, and returns its ns of CPU."""
        self.queue.put(None)
        self.listener.join()
        return self.cpu.value

    def for_worker(self):
        return QueueHandlerWorker(self.queue)


class QueueHandlerWorker:
    """The part that a worker gets."""

    def __init__(self, queue):
        self.queue = queue

    def open(self):
        logger = logging.getLogger()
        logger.addHandler(logging.handlers.QueueHandler(self.queue))
        logger.setLevel(logging.INFO)
        return lambda n: logger.info("", extra={"n": n, "user": "u-1024", "path": "/orders"})

    def close(self):
        """Waits for the thread that feeds the queue."""
        self.queue.close()
        self.queue.join_thread()


def loguru_format(record):
    line = json_line(record["level"].no, int(record["time"].timestamp() * 1000), record["process"].id, record["extra"])
    return line.replace("{", "{{").replace("}", "}}") + "\n"


class Loguru:
    """The listener is a thread of the parent."""

    def __init__(self, file):
        from loguru import logger

        logger.remove()
        logger.add(file, format=loguru_format, enqueue=True)
        self.logger = logger
        self.before = time.process_time_ns()

    def end(self):
        self.logger.remove()
        return time.process_time_ns() - self.before

    def for_worker(self):
        return LoguruWorker(self.logger)


class LoguruWorker:
    """The part that a worker gets."""

    def __init__(self, logger):
        self.logger = logger

    def open(self):
        return lambda n: self.logger.bind(n=n, user="u-1024", path="/orders").info("")

    def close(self):
        self.logger.complete()


CONTENDERS = {"queue-handler": QueueHandler, "loguru": Loguru}


def work(way, start, records, burst, signal, figures):
    log = way.open()
    start.wait()
    before = time.process_time_ns()
    bursts = []
    for begin in range(0, records, burst):
        at = time.perf_counter_ns()
        for n in range(begin, begin + burst):
            log(n)
        bursts.append((time.perf_counter_ns() - at) / burst)
    if signal:
        os.kill(os.getpid(), signal)
    way.close()
    figures.put((time.process_time_ns() - before, statistics.median(bursts)))


def main():
    contender, file, workers, records, burst, *rest = sys.argv[1:]
    workers, records, burst = int(workers), int(records), int(burst)
    signal = int(rest[0]) if rest else 0
    # The default on other systems, and on Linux from Python 3.14: no lock is inherited.
    multiprocessing.set_start_method("spawn")
    listener = CONTENDERS[contender](file)
    figures, start = multiprocessing.Queue(), multiprocessing.Barrier(workers + 1)
    them = [
        multiprocessing.Process(target=work, args=(listener.for_worker(), start, records, burst, signal, figures))
        for _ in range(workers)
    ]
    for worker in them:
        worker.start()
    start.wait()
    begin = time.perf_counter()
    for worker in them:
        worker.join()
    if signal:
        time.sleep(DRAIN_SECONDS)
        end_at_once()
    cpu = listener.end()
    seconds = time.perf_counter() - begin
    results = [figures.get() for _ in them]
    total = workers * records
    print(
        json.dumps(
            {
                "median": round(statistics.median(call for _, call in results)),
                "cpu": round((cpu + sum(cpu for cpu, _ in results)) / total),
                "perSecond": round(total / seconds),
            }
        )
    )


def end_at_once():
    """Ends without waiting for a thread that may wait for the lock of a dead worker."""
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(0)


if __name__ == "__main__":
    main()
