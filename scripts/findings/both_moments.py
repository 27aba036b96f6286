"""Runs the original's published code once and measures accuracy in two ways, by moving averages and by batch moments.

Run in the folder code/semantic-segmentation-loss-functions of its repository: python both_moments.py THRESHOLD LOSS RUN.
Prints lines "ROW,threshold,loss,run,step,moving,batch". docs/findings.md has the environment.
"""

import sys

import numpy
from conv_net import ConvNet, Optimizer, TrainLoss
from main import experiment

by_moving_averages = ConvNet.accuracy
by_batch_moments = []


def measure_both(self, images, labels):
    accuracy = by_moving_averages(self, images, labels)
    self.session.run(self._vars_initializer)
    feed = {self._input: images, self._labels: labels, self._training: True}
    self.session.run(self._accuracy_update_op, feed)
    by_batch_moments.append(self.session.run(self._accuracy_op))
    return accuracy


ConvNet.accuracy = measure_both
threshold, loss, run = float(sys.argv[1]), sys.argv[2], int(sys.argv[3])
numpy.random.seed(run)
result = experiment(threshold, 10001, TrainLoss[loss], 2, Optimizer.ADAM, batch_size=2, batch_norm=True)
for (step, moving), batch in zip(result["accuracy"], by_batch_moments):
    print("ROW,%g,%s,%d,%d,%.6f,%.6f" % (threshold, loss, run, step, moving, batch))
