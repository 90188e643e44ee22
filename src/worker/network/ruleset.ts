// The rules of the managed network as one nftables batch. Pure; wildcards on link names make them fit any number of environments.

/** Private, shared, loopback, link-local (so every cloud's metadata address), multicast and reserved ranges. */
const NOT_INTERNET = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/**
 * Environments reach the service address on its ports and the internet through NAT: nothing else of the host, no
 * private network, no other environment. Their source address is held to the link it was routed to. What they say to the
 * service address needs no translation, so its connections are not tracked: every invocation's packets go that way. What
 * answers a connection of the worker's (to a telemetry subscriber) is let through by not being the first of one.
 */
export function ruleset(options: {
  range: number;
  prefix: string;
  serviceAddress: string;
  environments: string;
  ports: readonly number[];
}): string {
  const { range, prefix, serviceAddress, environments, ports } = options;
  const table = `inet hearth_${range}`;
  return `
table ${table}
delete table ${table}
table ${table} {
  chain prerouting {
    type filter hook prerouting priority raw; policy accept;
    iifname "${prefix}*" ip daddr ${serviceAddress} notrack
  }
  chain output {
    type filter hook output priority raw; policy accept;
    ip saddr ${serviceAddress} ip daddr ${environments} notrack
  }
  chain input {
    type filter hook input priority filter - 10; policy accept;
    iifname != "${prefix}*" accept
    fib saddr . iif oif 0 drop
    ip daddr ${serviceAddress} tcp dport { ${[...ports, 53].join(", ")} } accept
    ip daddr ${serviceAddress} udp dport 53 accept
    ip daddr ${serviceAddress} tcp flags & (syn | ack) != syn accept
    drop
  }
  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    oifname "${prefix}*" iifname "${prefix}*" drop
    oifname "${prefix}*" ct state established,related accept
    oifname "${prefix}*" drop
    iifname != "${prefix}*" accept
    fib saddr . iif oif 0 drop
    meta nfproto ipv6 drop
    ip daddr { ${NOT_INTERNET.join(", ")} } drop
    tcp dport 25 drop
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${environments} oifname != "${prefix}*" masquerade
  }
}
`;
}
