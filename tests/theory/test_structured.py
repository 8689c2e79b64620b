"""Theory of networks that learn pictures is that of random archetypes."""

import statmech as sm
import theory


def test_it_is_the_theory_of_the_random_network():
    model = sm.StructuredHebbian(P=4, M=20, r=0.5, gamma=0.02, T=0.1)
    same = sm.SupervisedHebbian(P=4, M=20, r=0.5, gamma=0.02, T=0.1)
    assert theory.solve(model) == theory.solve(same)
    assert theory.solve(model, start="paramagnet").m == 0
    assert theory.states(model) == theory.states(same)
