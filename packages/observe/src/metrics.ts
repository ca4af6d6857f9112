/** Metrics of a log directory for Prometheus and others that read its format. */
export { Exporter } from './metrics/exporter.ts'
export { metricsServer } from './metrics/metrics-server.ts'
