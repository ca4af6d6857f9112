// Builds app.mjs into one file, and prints its path: { bundler, format: 'cjs' | 'esm', external, directory }.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const { bundler, ...wish } = JSON.parse(process.argv[2])
const entry = fileURLToPath(new URL('app.mjs', import.meta.url))

const outside = ['pino', 'pino-funnel']

const bundlers = {
  async esbuild({ format, external, directory }) {
    const { build } = await import('esbuild')
    const outfile = output(directory, format)
    // What is CommonJS in the bundle calls require(), which an ES module does not have.
    const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format,
      outfile,
      external: external ? outside : [],
      ...(format === 'esm' && { banner: { js: banner } }),
      logLevel: 'silent',
    })
    return outfile
  },

  async webpack({ format, external, directory }) {
    const { default: webpack } = await import('webpack')
    const isModule = format === 'esm'
    const outfile = output(directory, format)
    const type = isModule ? 'module' : 'commonjs'
    const compiler = webpack({
      entry,
      mode: 'production',
      target: 'node20',
      output: {
        path: directory,
        filename: outfile.slice(directory.length + 1),
        library: { type: isModule ? 'module' : 'commonjs2' },
      },
      experiments: { outputModule: isModule },
      externals: external ? Object.fromEntries(outside.map((name) => [name, `${type} ${name}`])) : {},
      performance: false,
    })
    await new Promise((resolve, reject) => {
      compiler.run((error, stats) => {
        const failure = error ?? (stats?.hasErrors() ? new Error(stats.toString()) : undefined)
        compiler.close(() => (failure ? reject(failure) : resolve(undefined)))
      })
    })
    return outfile
  },

  async rollup({ format, external, directory }) {
    const { rollup } = await import('rollup')
    const { default: nodeResolve } = await import('@rollup/plugin-node-resolve')
    const { default: commonjs } = await import('@rollup/plugin-commonjs')
    const { default: json } = await import('@rollup/plugin-json')
    const bundle = await rollup({
      input: entry,
      external: external ? outside : [],
      plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()],
      onwarn: () => {},
    })
    const file = output(directory, format)
    await bundle.write({ file, format, inlineDynamicImports: true })
    await bundle.close()
    return file
  },

  async vite({ format, external, directory }) {
    const { build } = await import('vite')
    const file = output(directory, format)
    await build({
      configFile: false,
      logLevel: 'silent',
      root: fileURLToPath(new URL('.', import.meta.url)),
      ssr: external ? { external: outside } : { noExternal: true },
      build: {
        ssr: entry,
        outDir: directory,
        emptyOutDir: false,
        rollupOptions: { output: { format, entryFileNames: file.slice(directory.length + 1) } },
      },
    })
    return file
  },
}

function output(directory, format) {
  return join(directory, format === 'cjs' ? 'app.cjs' : 'app.mjs')
}

console.log(await bundlers[bundler](wish))
