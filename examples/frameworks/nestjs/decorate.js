/**
 * Applies decorators as a TypeScript compiler does, so that this example runs without one. In your application write:
 * `@Controller('orders') class OrdersController { @Get(':id') find(@Param('id') id: string) … }`.
 */
export function decorate(target, { class: decorators, injects = [], methods = {} }) {
  for (const [name, { decorators: ofMethod, parameters }] of Object.entries(methods)) {
    const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name)
    parameters.forEach((decorator, index) => decorator(target.prototype, name, index))
    for (const decorator of ofMethod) decorator(target.prototype, name, descriptor)
  }
  Reflect.defineMetadata('design:paramtypes', injects, target)
  for (const decorator of decorators) decorator(target)
}
