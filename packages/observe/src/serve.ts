/** The pictures of a log directory, and a live tail, in a browser. */
export { newToken } from './serve/guard.ts'
export { servedPicture, type ServedPicture } from './serve/served-picture.ts'
export { SharedPictures } from './serve/shared-pictures.ts'
export { pictureServer, type Served } from './serve/server.ts'
