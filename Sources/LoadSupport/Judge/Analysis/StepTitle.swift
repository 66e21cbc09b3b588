import EventIO

extension LinkCondition {
  /// Its name and its delay, as reports call it: `lossy 50 ms`; of one without a name the delay and the loss.
  var title: String {
    if isUndisturbed { return name.isEmpty ? "undisturbed" : name }
    let delay = NumberText.plain(delayMilliseconds) + " ms"
    return name.isEmpty
      ? delay + (lossPercent > 0 ? ", \(NumberText.plain(lossPercent)) % loss" : "")
      : "\(name) \(delay)"
  }
}

extension ScenarioHeader {
  /// What reports call a step: a link by its name and its delay, any other by its own name.
  func title(of step: String) -> String {
    network.links?.first { StepName.link($0.port).hasSameBytes(as: step) }?.title ?? step
  }
}
