"""The sandbox as Kubernetes Jobs: each run is a pod of its own under a RuntimeClass, by default gVisor's.

One pod, three containers of the same image, which see different parts of the same memory-backed volumes:

1. `receive`, first and alone: takes the source as a tar archive on the standard input of a command that the
   API server runs in it, compares its digest, makes the payload's copy. Until it says so nothing else starts.
2. `payload`: the command, with its copy (/tree), /tmp, /out and its two output files; not the source.
3. `keeper`: asleep until the payload's container has ended, and with it all of its processes. Only then does
   the bot ask it, through the API server again, what was written, for the result and for the output.

So no pod needs a URL, a token or a network. The exit code is the node's word. The payload holds no channel to
the bot and cannot reach the keeper (another pid namespace, nothing that listens), so it cannot forge the list
of what it wrote; the result is what it says of itself, as with every sandbox. Output never enters the
cluster's logs.

An environment cannot be bound from the bot's host. A path of `Command.read_only` comes in one of three ways:

- below /usr, /bin, /sbin, /lib or /lib64 it is the image's: take the bot's own image or one built from it;
- below the environments' folder (`envs` in the pool) it is mounted read-only, that one folder alone, from a
  PersistentVolumeClaim which the bot mounts as that pool (ReadWriteMany, or one node);
- anything else is sent along with the source, up to 32 MiB in all.

What fits none of these is refused with EnvironmentUnavailable.

The image has to hold sh, tar, sha256sum, tee, cp, find, diff, head, tail, wc, sleep, env, prlimit and
python3 (for the probes), and dmesg where the class is gVisor's. The cluster has to be Kubernetes 1.30 or
newer (an end of standard input over websockets).

Not promised here: `Limits.processes` is an rlimit of the run's own user id, so set the kubelet's
podPidsLimit; /dev/termination-log, a file of the node, can be written up to `Limits.file`; the peak of memory
is not known.

Not tried: a real cluster. The manifests are checked against the published schemas of several versions; the
conversation ran against a stand-in of the API that runs the containers with bubblewrap on one machine. No
gVisor, container runtime, network plugin, TLS, limit of a kubelet, eviction or size of a volume had part in
it. `check()` asks a real pod about isolation and network, and refuses to go on when an answer is wrong.

Needs the extra `suture[kubernetes]`; nothing outside this folder imports it.
"""
