import EventIO

extension WorkloadFile {
  /// The workload as settings make it, after all that can be known to be wrong before a load.
  ///
  /// Its data files are read, its calls compiled, its limits held against what there is to limit; nothing is sent.
  /// - Throws: `WorkloadFileError` or `ThresholdError`.
  package func checked(_ settings: RunSettings, _ overrides: ThresholdOverrides) throws -> Workload
  {
    do {
      return try check(settings, overrides)
    } catch let error as WorkloadError {
      throw placed(error)
    }
  }

  private func check(_ settings: RunSettings, _ overrides: ThresholdOverrides) throws -> Workload {
    let workload = workload.withWorkers(settings.workers).adjusted(to: settings)
    try workload.validate()
    _ = try WorkerPlan(
      workload,
      endpoint: MCPClientEndpoint(HTTPURL(host: "127.0.0.1", port: 1), at: []),
      profile: settings.toolProfile,
      targets: [settings.target],
      data: DataRows.load(workload, directory: directory)
    )
    for index in workload.thresholds.indices {
      var one = workload
      one.thresholds = [workload.thresholds[index]]
      do throws(ThresholdError) { try Judge.check(one) } catch {
        throw WorkloadError(at: WorkloadPath.root["thresholds"][index], error.description)
      }
    }
    try Judge.check(workload, overrides: overrides)
    return workload
  }
}
