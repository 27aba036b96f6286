#!/usr/bin/env bash
# Starts and stops a Slurm cluster on this machine: munged, slurmctld and five slurmd on loopback, without systemd, cgroups or a
# database, all files in one folder. Nothing in /etc is used or changed.
#
#   slurm-cluster.sh up FOLDER [PID]   then: export SLURM_CONF=FOLDER/slurm.conf
#   slurm-cluster.sh node FOLDER NAME  starts a node that has lost power
#   slurm-cluster.sh down FOLDER       the logs stay in FOLDER/log
#
# With a PID the cluster is stopped when that process has ended, however it ended.
#
# Every node has a host name and process numbers of its own, as real machines have, which needs root. Killing the process of
# a node in FOLDER/pids is like a power cut of that node.
#
# The partition "main" has node1 to node3, "other" has node4 and node5. A job in "urgent" has those of "other" requeued.
set -euo pipefail
action=$1
dir=$2
nodes=5 cpus=2 port=$((20000 + $$ % 10000))
export PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF=$dir/slurm.conf

write_config() {
  local host
  host=$(hostname -s)
  echo "127.0.0.1 localhost $host $(seq -s' ' -f node%g "$nodes")" >"$dir/hosts"
  echo "CgroupPlugin=cgroup/v1" >"$dir/cgroup.conf"
  # Newer versions must be told to do without cgroups.
  version=$(slurmd -V | grep -o '[0-9]*\.[0-9]*' | head -1)
  [ "$(printf '%s\n' 24.05 "$version" | sort -V | head -1)" = 24.05 ] && echo "CgroupPlugin=disabled" >"$dir/cgroup.conf"
  cat >"$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
# A requeued job waits as long as a credential lives, two minutes by default.
AuthInfo=socket=$dir/munge/socket,cred_expire=5
SlurmctldPort=$port
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/%n.pid
SlurmctldLogFile=$dir/log/slurmctld
SlurmdLogFile=$dir/log/%n
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=2,bf_interval=2
# The nodes have more processors together than the machine.
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=10
MessageTimeout=60
SlurmdTimeout=300
$(for ((n = 1; n <= nodes; n++)); do
    echo "NodeName=node$n NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + n)) CPUs=$cpus State=UNKNOWN"
  done)
# Tasks go to the node with the least load, so that they spread.
PartitionName=main Nodes=node[1-3] Default=YES MaxTime=INFINITE State=UP LLN=YES
PartitionName=other Nodes=node[4-5] MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=node[4-5] MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
CONF
}

# Starts a daemon in a session of its own and notes its pid.
start() { # NAME COMMAND...
  local name=$1
  shift
  setsid "$@" </dev/null >>"$dir/log/$name.out" 2>&1 &
  echo "$! $name" >>"$dir/pids"
}

wait_for() { # SECONDS COMMAND...
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || { echo "timeout: $*; see $dir/log" >&2 && exit 1; }
    sleep 0.2
  done
}

all_idle() { [ "$(sinfo -h -N -p main,other -o %T | grep -c '^idle$')" = "$nodes" ]; }
controller_is_up() { scontrol ping | grep -q UP; }
munge_is_up() { munge -S "$dir/munge/socket" -n | unmunge -S "$dir/munge/socket"; }

# Starts a node, also one that has lost power.
start_node() { # NAME
  # The first process of a node passes SIGTERM on and collects orphans. All others end with it.
  local node='hostname "$1"; mount --bind "$2/hosts" /etc/hosts; slurmd -D -c -N "$1" -f "$2/slurm.conf" & trap "kill $!" TERM
    while kill -0 $! 2>/dev/null; do wait $!; done'
  mkdir -p "$dir/spool/$1"
  touch "$dir/pids"
  sed -i "/ $1\$/d" "$dir/pids"
  start "$1" unshare --uts --pid --fork --kill-child=KILL --mount-proc bash -c "$node" node "$1" "$dir"
}

up() {
  umask 022
  mkdir -p "$dir"/{log,state,spool,munge}
  chmod 755 "$dir" "$dir/munge"
  head -c 1024 /dev/urandom >"$dir/munge.key"
  chmod 400 "$dir/munge.key"
  write_config
  start munged munged -F --key-file="$dir/munge.key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/log/munged" --seed-file="$dir/munge/seed"
  wait_for 30 munge_is_up
  start slurmctld slurmctld -D -c -f "$dir/slurm.conf"
  wait_for 60 controller_is_up
  for ((n = 1; n <= nodes; n++)); do
    start_node "node$n"
  done
  wait_for 60 all_idle
}

# Stops the cluster once a process has ended.
guard() {
  while kill -0 "$1" 2>/dev/null; do sleep 1; done
  down
}

down() {
  [ -e "$dir/pids" ] || return 0
  timeout 20 scancel --full -u "$(id -un)" 2>/dev/null || true
  # The last one first: nodes, controller, munged.
  tac "$dir/pids" | while read -r pid name; do
    # Another process may have the number of one that was killed before.
    grep -qa "$dir" "/proc/$pid/cmdline" 2>/dev/null && kill -KILL "$pid" || true
  done
  rm "$dir/pids"
}

case $action in
  up)
    if [ -n "${3:-}" ]; then
      setsid bash "$0" guard "$dir" "$3" </dev/null >/dev/null 2>&1 &
    fi
    up
    ;;
  node) start_node "$3" ;;
  guard) guard "$3" ;;
  down) down ;;
esac
