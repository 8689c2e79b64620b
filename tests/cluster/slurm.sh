#!/usr/bin/env bash
# The README's batch script under a real Slurm, on this machine alone. Repeat with
#
#     apt-get install slurm-wlm munge        (as root; Debian 12 has Slurm 22.05)
#     tests/cluster/slurm.sh
#
# Starts munged, slurmctld and slurmd with a configuration of its own, all of whose state is in a temporary directory,
# and ends them by their process ids. It needs root, as slurmd does, and `statmech` and `mpirun` of one environment on
# the PATH. It takes about half an hour, as Slurm counts time limits in minutes; SWEEPS=1000 makes units of that many
# sweeps instead of finding out. The findings are in docs/cluster.md. It is no part of the tests that pytest runs.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/statmech-slurm.XXXXXX")
host=$(hostname -s)
daemons=()
export SLURM_CONF=$work/slurm.conf
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PRTE_MCA_hwloc_default_binding_policy=none   # the node claims more processors than there are
for program in munged slurmctld slurmd sbatch statmech mpirun; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "$program: not found" >&2; exit 2; }
done
PATH=$PATH:/usr/sbin

finish() {
    scancel --user "$(id -un)" 2>/dev/null || true
    for _ in $(seq 60); do   # a step that cannot report its end to the controller would outlive it
        [ -z "$(squeue --noheader 2>/dev/null)" ] && break
        sleep 0.5
    done
    for pid in ${daemons[@]+"${daemons[@]}"}; do kill "$pid" 2>/dev/null || true; done
    for pid in ${daemons[@]+"${daemons[@]}"}; do
        for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
        kill -KILL "$pid" 2>/dev/null || true
    done
    echo "everything that was written is in $work"
}
trap finish EXIT

say() { printf '\n[%s] %s\n' "$(date +%H:%M:%S)" "$*"; }

fail() { echo "FAILED: $*" >&2; exit 1; }

# --- a cluster of one node ---------------------------------------------------------------------------------------

start_cluster() {
    mkdir -p "$work"/{munge,state,spool}
    chmod 711 "$work"   # munged wants a path that others can pass and not write
    chmod 755 "$work/munge"
    head -c 1024 /dev/urandom > "$work/munge/key"
    chmod 400 "$work/munge/key"
    munged --foreground --num-threads 2 --key-file "$work/munge/key" --socket "$work/munge/socket" \
        --pid-file "$work/munge/pid" --log-file "$work/munge/log" --seed-file "$work/munge/seed" &
    daemons+=($!)
    cat > "$SLURM_CONF" <<CONF
ClusterName=here
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=36817
SlurmdPort=36818
AuthType=auth/munge
# a requeued job waits as long as a credential is valid, two minutes by default
AuthInfo=socket=$work/munge/socket,cred_expire=10
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/state/slurmctld.pid
SlurmdPidFile=$work/state/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=5,bf_interval=5
JobRequeue=1
KillWait=5
OverTimeLimit=0
MinJobAge=3600
ReturnToService=2
# four processors are claimed, so that one job of three ranks and two of two fit in; rank 0 sleeps nearly always
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    slurmctld -D -c 2> "$work/slurmctld.err" &
    daemons+=($!)
    slurmd -D 2> "$work/slurmd.err" &
    daemons+=($!)
    for _ in $(seq 60); do
        [ "$(sinfo --noheader --format %T 2>/dev/null)" = idle ] && return
        sleep 1
    done
    tail "$work"/*.log "$work"/*.err >&2
    fail "the node never became idle"
}

# --- what is looked at ---------------------------------------------------------------------------------------------

state_of() { scontrol --oneliner show job "$1" | head -n 1 | grep -o 'JobState=[A-Z]*' | cut -d= -f2; }

restarts_of() { scontrol --oneliner show job "$1" | head -n 1 | grep -o 'Restarts=[0-9]*' | cut -d= -f2; }

# look JOB DIRECTORY: what Slurm and statmech say at this moment
look() {
    say "Slurm: job $1 $(state_of "$1"), restarts $(restarts_of "$1"); statmech status:"
    if [ -e "$2/scan.toml" ]; then statmech status "$2"; else echo "(nothing there yet)"; fi
}

# follow JOB DIRECTORY: look whenever the state of the job changes, and every 30 seconds, until it has ended
follow() {
    local before="" now since=0
    while :; do
        now="$(state_of "$1") $(restarts_of "$1")"
        if [ "$now" != "$before" ] || [ $((SECONDS - since)) -ge 30 ]; then
            look "$1" "$2"
            since=$SECONDS before=$now
        fi
        case $now in COMPLETED*|FAILED*|TIMEOUT*|CANCELLED*|NODE_FAIL*) return ;; esac
        sleep 1
    done
}

submit() { sbatch --parsable "$@"; }

# ended JOB DIRECTORY RESTARTS: it completed, after at least that many requeues, with the results of an undisturbed run
ended() {
    [ "$(state_of "$1")" = COMPLETED ] || fail "job $1 ended as $(state_of "$1")"
    [ "$(restarts_of "$1")" -ge "$3" ] || fail "job $1 was requeued $(restarts_of "$1") times, not $3"
    python3 "$root/tests/cluster/same.py" "$work/undisturbed/results.h5" "$2/results.h5" || fail "$2 differs"
}

scan() {  # scan SEED SWEEPS: 24 theory units and 240 samples
    cat <<TOML
title = "a scan for the time limit"
model = "hopfield"
seed = $1
[axes]
alpha = [0.02, 0.04, 0.06, 0.08]
T = { linspace = [0.1, 0.6, 6] }
[simulation]
N = [500, 1000]
samples = 5
sweeps = $2
thermalization = 1000
[theory]
TOML
}

batch_script() {  # batch_script FILE: the one script in a Markdown file that begins with #!/bin/sh and asks for Slurm
    python3 - "$1" <<'PY'
import re, sys
(script,) = re.findall(r"```sh\n(#!/bin/sh\n#SBATCH.*?)```", open(sys.argv[1]).read(), re.S)
print(script, end="")
PY
}

# --- the moments ---------------------------------------------------------------------------------------------------

say "starting munged, slurmctld and slurmd in $work"
start_cluster
sinfo
slurmctld -V
cd "$work"
batch_script "$root/README.md" > job.sh
if [ -z "${SWEEPS:-}" ]; then
    say "how many sweeps keep two computing ranks busy for four minutes"
    scan 1 2000 > short.toml
    statmech run short.toml --output short --ranks 2 --no-figure
    SWEEPS=$(python3 -c "import h5py; print(int(96e4 / h5py.File('short/results.h5').attrs['cpu_seconds'].item()))")
fi
scan 1 "$SWEEPS" > my-scan.toml
say "the script, as it stands in the README"
cat job.sh
say "the undisturbed run to compare with, outside of Slurm"
statmech run my-scan.toml --output undisturbed --ranks 2 --no-figure

usr1() {
    say "1. SIGUSR1 before the limit, exit code 75, requeued until it is done"
    mkdir usr1 && cp my-scan.toml usr1/
    job=$(submit --chdir "$work/usr1" --ntasks=3 --time=5 job.sh)
    follow "$job" usr1/runs/my-scan
    ended "$job" usr1/runs/my-scan 1
    say "what the job wrote"
    cat "usr1/slurm-$job.out"
}

limit() {
    say "2. no signal: does Slurm tell the job when it ends (SLURM_JOB_END_TIME)?"
    mkdir limit && cp my-scan.toml limit/
    submit --wait --chdir "$work/limit" --time=1 --output env.out --wrap 'env | grep "^SLURM_JOB" | sort' > /dev/null
    cat limit/env.out
    job=$(submit --chdir "$work/limit" --ntasks=3 --time=1 --signal=B:CONT@1 job.sh)
    follow "$job" limit/runs/my-scan
    if [ "$(state_of "$job")" = TIMEOUT ]; then
        say "it was killed at the limit; the same script is submitted again"
        job=$(submit --chdir "$work/limit" --ntasks=3 --time=30 job.sh)
        follow "$job" limit/runs/my-scan
    fi
    ended "$job" limit/runs/my-scan 0
    say "what the jobs wrote"
    tail -n +1 limit/slurm-*.out
}

killed() {
    say "3. killed without warning: requeued in full run, as after a preemption or the failure of a node"
    mkdir killed && cp my-scan.toml killed/
    job=$(submit --chdir "$work/killed" --ntasks=3 --time=30 job.sh)
    until statmech status killed/runs/my-scan 2>/dev/null | grep -Eq '^[1-9][0-9]+ of'; do sleep 1; done
    look "$job" killed/runs/my-scan
    scontrol requeue "$job"
    follow "$job" killed/runs/my-scan
    ended "$job" killed/runs/my-scan 1
    say "what the job wrote"
    cat "killed/slurm-$job.out"
}

array() {
    say "4. an array of two scans, the script of docs/cluster.md"
    mkdir array && batch_script "$root/docs/cluster.md" > array/job.sh
    cp my-scan.toml array/one.toml
    scan 2 "$SWEEPS" > array/two.toml
    (cd array && ls *.toml > scans.txt && cat job.sh)
    job=$(submit --chdir "$work/array" --array=1-2 --ntasks=2 --time=6 array/job.sh)
    sleep 40
    squeue --array
    follow "${job}_1" array/runs/one
    follow "${job}_2" array/runs/two
    ended "${job}_1" array/runs/one 0
    [ "$(state_of "${job}_2")" = COMPLETED ] || fail "the second scan did not complete"
    say "what the jobs wrote"
    tail -n +1 array/slurm-*.out
}

for moment in ${*:-usr1 limit killed array}; do "$moment"; done
say "all of it as it should be"
