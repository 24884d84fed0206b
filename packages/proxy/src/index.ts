// A local address that logs in with IAM, for programs that take only a password: see startProxy.
export {
  type ProxyClient,
  type ProxyConnection,
  type ProxyDisconnection,
  type ProxyRejection,
  type ProxyRejectionReason,
  proxyChannels,
} from './events.ts'
export type { ProxyOptions, ProxyStopOptions } from './options.ts'
export { type IamProxy, startProxy } from './start-proxy.ts'
