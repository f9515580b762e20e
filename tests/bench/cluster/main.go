// Command cluster makes the cluster that the observer is measured on, and lets it live. It stands in for kubelets and controllers
// and writes where the API server would: into etcd, in the API server's own encoding. 50,000 pods take seconds so, the API
// server's processor time is left to those who are measured, and the seed fixes every byte.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `usage: cluster fill  -etcd URL -pki FOLDER -pods N          while the API server is stopped: all that was, replaced
       cluster churn -etcd URL -pki FOLDER -pods N -rate N …   prints what it does wrong on purpose, a JSON object a line, and when
                                                               the time is over; what fails goes on failing until SIGTERM`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 || arguments[0] != "fill" && arguments[0] != "churn" {
		return fmt.Errorf("no such command\n%s", usage)
	}
	flags := flag.NewFlagSet(arguments[0], flag.ExitOnError)
	etcd := flags.String("etcd", "", "where etcd listens")
	pki := flags.String("pki", "", "the sandbox's folder of certificates")
	seed := flags.Uint64("seed", 1, "another one is another cluster")
	pods := flags.Int("pods", 10000, "how many there are: a multiple of 500")
	rate := flags.Float64("rate", 100, "writes a second")
	during := flags.Duration("during", time.Minute, "how long it writes at that rate")
	settle := flags.Duration("settle", 30*time.Second, "failures begin early enough to settle before the end")
	failures := flags.Int("failures", 30, "how many workloads begin to fail")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	if *pods <= 0 || *pods%teamPods != 0 {
		return fmt.Errorf("-pods must be a multiple of %d", teamPods)
	}
	world := &world{seed: *seed, teams: *pods / teamPods}
	etcdStore, err := openStore(ctx, *etcd, *pki)
	if err != nil {
		return err
	}
	defer etcdStore.close()
	if arguments[0] == "fill" {
		return fill(world, etcdStore)
	}
	plan := plan{rate: *rate, during: *during, settle: *settle, failures: *failures}
	return newChurn(world, etcdStore, plan).run(ctx)
}
