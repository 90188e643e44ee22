// Route netlink messages: the few that an environment's network needs. Building them is pure; `request` sends.
import { constants } from "node:os";
import { Fault } from "../../foundation/fault.ts";
import { exchange } from "../linux/system-calls.ts";

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NLMSG_ERROR = 2;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_NEWROUTE = 24;
const IFF_UP = 1;
const AF_INET = 2;

/** A message without its length and sequence number, which `request` adds. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  readonly what: string;
}

const align = (length: number): number => (length + 3) & ~3;

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(align(4 + value.length));
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function linkHeader(index: number, flags: number, change: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(index, 4);
  bytes.writeUInt32LE(flags, 8);
  bytes.writeUInt32LE(change, 12);
  return bytes;
}

/** The bytes of an IPv4 address. */
export function ipv4(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

/** A veth pair: one end here, up and in a group; its peer `eth0` in another namespace, whose end takes the pair with it. */
export function newVeth(name: string, group: number, peerNamespaceFd: number): NetlinkMessage {
  const peer = Buffer.concat([linkHeader(0, 0, 0), attribute(3, text("eth0")), attribute(28, int(peerNamespaceFd))]);
  const info = Buffer.concat([attribute(1, text("veth")), attribute(2, attribute(1, peer))]);
  return {
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: Buffer.concat([
      linkHeader(0, IFF_UP, IFF_UP),
      attribute(3, text(name)),
      attribute(27, int(group)),
      attribute(18, info),
    ]),
    what: `making ${name}`,
  };
}

/** Removes all links of a group at once: one after the other, each would wait about 20 ms for the kernel's other readers. */
export function deleteGroup(group: number): NetlinkMessage {
  return {
    type: RTM_DELLINK,
    flags: 0,
    body: Buffer.concat([linkHeader(0, 0, 0), attribute(27, int(group))]),
    what: `removing the links of group ${group}`,
  };
}

/** Brings a link up, by name. */
export function linkUp(name: string): NetlinkMessage {
  return {
    type: RTM_NEWLINK,
    flags: 0,
    body: Buffer.concat([linkHeader(0, IFF_UP, IFF_UP), attribute(3, text(name))]),
    what: `bringing ${name} up`,
  };
}

function addressMessage(type: number, index: number, address: string, flags: number): NetlinkMessage {
  const header = Buffer.from([AF_INET, 32, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(index, 4);
  const body = Buffer.concat([header, attribute(2, ipv4(address)), attribute(1, ipv4(address))]);
  return { type, flags, body, what: `address ${address}` };
}

/** Gives a link an address of its own (/32). */
export function newAddress(index: number, address: string): NetlinkMessage {
  return addressMessage(RTM_NEWADDR, index, address, NLM_F_CREATE | NLM_F_EXCL);
}

/** Takes an address away. */
export function deleteAddress(index: number, address: string): NetlinkMessage {
  return addressMessage(RTM_DELADDR, index, address, 0);
}

/** A route to one host over a link, or, with a gateway, the default route, on-link. */
export function newRoute(index: number, to: { host: string } | { gateway: string }): NetlinkMessage {
  const [length, scope] = "host" in to ? [32, 253] : [0, 0];
  const onLink = "host" in to ? 0 : 4;
  const header = Buffer.from([AF_INET, length, 0, 0, 254, 4, scope, 1, onLink, 0, 0, 0]);
  const target = "host" in to ? attribute(1, ipv4(to.host)) : attribute(5, ipv4(to.gateway));
  return {
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE,
    body: Buffer.concat([header, target, attribute(4, int(index))]),
    what: "a route",
  };
}

/** Sends a message and waits for the kernel's acknowledgement. Throws a Fault with the kernel's error. */
export function request(socketFd: number, message: NetlinkMessage): void {
  refuse(message, send(socketFd, message));
}

/** The same; false where what is to be made is there already, or what is to be removed is not. */
export function tryRequest(socketFd: number, message: NetlinkMessage): boolean {
  const errno = send(socketFd, message);
  if (errno === constants.errno.EEXIST || errno === constants.errno.ENODEV) return false;
  refuse(message, errno);
  return true;
}

/** Throws a Fault for an error number that is not 0. */
function refuse(message: NetlinkMessage, errno: number): void {
  if (errno === 0) return;
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? String(errno);
  throw new Fault(`${message.what} failed: ${name}`, { context: { errno: name } });
}

/** The kernel's error number; 0: done. */
function send(socketFd: number, message: NetlinkMessage): number {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + message.body.length, 0);
  header.writeUInt16LE(message.type, 4);
  header.writeUInt16LE(message.flags | NLM_F_REQUEST | NLM_F_ACK, 6);
  header.writeUInt32LE(1, 8);
  const answer = exchange(socketFd, Buffer.concat([header, message.body]));
  if (answer.readUInt16LE(4) !== NLMSG_ERROR) throw new Fault(`${message.what}: an unexpected answer from the kernel`);
  return -answer.readInt32LE(16);
}
