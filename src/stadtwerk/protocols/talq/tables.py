"""Attributes of the TALQ 2.7.1 functions in the lighting, cabinet and D4i profiles: kind and scope of each.

Extracted from talq-data-model-2-7-1-online.json of TALQ-consortium/TALQ_specification @ b05f9a2 (BSD-3-Clause, see
NOTICE); the conformance tests compare it with that file.
"""

from __future__ import annotations

FUNCTIONS: dict[str, str] = {
    "BasicFunction": (
        "String.c: displayName assetId serial hwType hwVersion swType swVersion timeZone; DateTime.c: "
        "installationDate; Location.c: location; Boolean.e: deviceReset softwareUpdating hardwareUpdating "
        "hardwareUpdated batteryMode installationMode maintenanceMode cabinetDoorOpen batteryShutdown "
        "locationUpdated; StringArray.c: ntpServers; Integer.c: ntpSynchPeriod; DateTime.m: currentTime; "
        "Boolean.c: commandConfirmation; Boolean.o: reboot factoryReset configurationReset; Integer.m: "
        "operatingHours"
    ),
    "GatewayFunction": (
        "Uri.c: cmsUri gatewayUri crlUrn pkgUrl; String.c: cmsAddress gatewayAddress vendor; Float.c: "
        "retryPeriod gatewayRetryPeriod cmsRetryPeriod; Integer.c: gatewayNumberOfRetries cmsNumberOfRetries; "
        "String.m: currentReleaseId; Boolean.e: newCmsAttached"
    ),
    "CommunicationFunction": (
        "String.c: communicationType logicalAddress altLogicalAddress physicalAddress parentAddress "
        "applicationType; Integer.c: timeToLive; Boolean.c: repeatingEnabled; Float.c: transmitPower; "
        "Integer.m: numberOfHops; Float.m: communicationQuality; Boolean.e: communicationFailure"
    ),
    "TimeFunction": (
        "String.c: timeZone; StringArray.c: ntpServers; Integer.c: ntpSynchPeriod; DateTime.m: currentTime "
        "lastTimeSync; Boolean.e: lastSyncError"
    ),
    "LampActuatorFunction": (
        "String.c: lampTypeId outputPort applicationType; Binary.c: standbyMode; Boolean.c: cloEnabled "
        "maintenanceFactorEnabled; LevelState.c: defaultLightState; Command.o: targetLightCommand; Command.m: "
        "feedbackLightCommand; LevelState.m: actualLightState; Integer.c: maintenancePeriod; Percent.c: "
        "maintenanceFactor; DateTime.o: lastMaintenanceDate; String.o: calendarID; Boolean.e: invalidCalendar "
        "invalidProgram lightStateChange targetLightCommandChange programChange calendarChange "
        "invalidLampType"
    ),
    "LampMonitorFunction": (
        "SupplyType.c: supplyType; String.c: lampTypeId monitoringReference actuatorReference "
        "applicationType; Integer.c: numberOfLamps; Integer.m: switchOnCounter supplyLossCount; Float.m: "
        "operatingHours temperature supplyVoltage supplyCurrent activePower reactivePower apparentPower "
        "powerFactor activeEnergy; FactorSense.m: powerFactorSense; Boolean.e: lampPowerTooHigh "
        "lampPowerTooLow lampVoltageTooHigh lampVoltageTooLow lampFailure dimmingFailure currentTooHigh "
        "currentTooLow powerFactorTooLow highTemperature relayFailure absolutLampPowerTooHigh "
        "absolutLampPowerTooLow absoluteLampPowerTooHigh absoluteLampPowerTooLow controlGearCommFailure "
        "cyclingFailure supplyLoss contactorError lampUnexpectedOn leakageDetected invalidLampType "
        "supplyVoltageTooHigh supplyVoltageTooLow; Float.c: highSupplyVoltageThreshold "
        "lowSupplyVoltageThreshold"
    ),
    "ElectricalMeterFunction": (
        "Float.c: totalPowerHighThreshold totalPowerLowThreshold powerfactorThreshold "
        "phase1PowerfactorLowThreshold phase2PowerfactorLowThreshold phase3PowerfactorLowThreshold "
        "supplyVoltageHighThreshold supplyVoltageLowThreshold phase1VoltageHighThreshold "
        "phase1VoltageLowThreshold phase2VoltageHighThreshold phase2VoltageLowThreshold "
        "phase3VoltageHighThreshold phase3VoltageLowThreshold totalCurrentHighThreshold "
        "totalCurrentLowThreshold neutralCurrentHighThreshold phase1CurrentHighThreshold "
        "phase1CurrentLowThreshold phase2CurrentHighThreshold phase2CurrentLowThreshold "
        "phase3CurrentHighThreshold phase3CurrentLowThreshold phase1ActivePowerHighThreshold "
        "phase1ActivePowerLowThreshold phase2ActivePowerHighThreshold phase2ActivePowerLowThreshold "
        "phase3ActivePowerHighThreshold phase3ActivePowerLowThreshold; Float.m: totalPower totalVA totalVAR "
        "maxDemandPower totalActiveEnergy totalReactiveEnergy totalApparentEnergy frequency totalPowerFactor "
        "phase1PowerFactor phase2PowerFactor phase3PowerFactor supplyVoltage phase1Voltage phase2Voltage "
        "phase3Voltage voltagePhase1Phase2 voltagePhase2Phase3 voltagePhase3Phase1 totalCurrent "
        "averageCurrent neutralCurrent phase1Current phase2Current phase3Current phase1ActivePower "
        "phase2ActivePower phase3ActivePower phase1ApparentPower phase2ApparentPower phase3ApparentPower "
        "phase1ReactivePower phase2ReactivePower phase3ReactivePower phase1ActiveEnergy phase2ActiveEnergy "
        "phase3ActiveEnergy worstCurrentTHD phase1CurrentTHD phase2CurrentTHD phase3CurrentTHD "
        "worstVoltageTHD averageVoltageTHD phase1VoltageTHD phase2VoltageTHD phase3VoltageTHD "
        "phase1_2VoltageTHD phase2_3VoltageTHD phase3_1VoltageTHD; FactorSense.m: totalPowerFactorSense "
        "phase1PowerFactorSense phase2PowerFactorSense phase3PowerFactorSense; Integer.m: supplyLossCount "
        "phase1SupplyLossCount phase2SupplyLossCount phase3SupplyLossCount; Boolean.e: totalPowerTooHigh "
        "totalPowerTooLow powerfactorTooLow phase1PowerfactorTooLow phase2PowerfactorTooLow "
        "phase3PowerfactorTooLow supplyVoltageTooHigh supplyVoltageTooLow phase1VoltageTooHigh "
        "phase1VoltageTooLow phase2VoltageTooHigh phase2VoltageTooLow phase3VoltageTooHigh "
        "phase3VoltageTooLow totalCurrentTooHigh totalCurrentTooLow neutralCurrentTooHigh "
        "phase1CurrentTooHigh phase1CurrentTooLow phase2CurrentTooHigh phase2CurrentTooLow "
        "phase3CurrentTooHigh phase3CurrentTooLow phase1ActivePowerTooHigh phase1ActivePowerTooLow "
        "phase2ActivePowerTooHigh phase2ActivePowerTooLow phase3ActivePowerTooHigh phase3ActivePowerTooLow "
        "supplyLoss; String.c: applicationType actuatorReference"
    ),
    "PhotocellFunction": (
        "Float.c: onLevel offLevel; Binary.m: photocellOutput; Boolean.e: photocellOutputOn; String.c: applicationType"
    ),
    "LightSensorFunction": (
        "Float.c: levelHighThreshold levelLowThreshold; Float.m: lightLevel; Boolean.e: levelTooHigh "
        "levelTooLow; String.c: applicationType"
    ),
    "PresenceSensorFunction": (
        "Boolean.m: presenceStatus; Boolean.e: presenceStatusChanged; String.c: applicationType"
    ),
    "LocationSensorFunction": (
        "Location.c: expectedLocation; Float.c: locationChangedThreshold; Location.m: location; Boolean.e: "
        "locationChanged; Float.m: uncertainty speed; Integer.m: compassDirection; Velocity.m: velocity; "
        "String.c: applicationType"
    ),
    "SegmentMonitorFunction": (
        "String.c: applicationType segmentReference actuatorReference; Integer.c: numberOfLoads; Boolean.e: "
        "switchingErrorOn switchingErrorOff leakageDetected cabinetDoorOpen circuitBreakerTripped; "
        "LocalOverride.e: localOverride; Binary.m: actualState"
    ),
    "CabinetConfigurationFunction": (
        "String.c: applicationType; CabinetActuatingType.c: actuatingType; CabinetSegmentsConfiguration.c: "
        "segmentsConfiguration"
    ),
    "CabinetMonitorFunction": ("String.c: applicationType; Boolean.e: cabinetDoorOpen leakageDetected"),
    "ControlGearDaliPart102Function": (
        "String.c: controlGearDaliPart102TypeAddress integratedBusPowerSupplyDaliPart250TypeAddress "
        "firmwareVersion identificationNumber oemIdentificationNumber applicationType; Integer.c: "
        "logicalControlGearUnitIndex powerOnLevel systemFailureLevel minLevel maxLevel fadeRate fadeTime "
        "extendedFadeTimeBase extendedFadeTimeMultiplier shortAddress operatingMode; Integer.m: actualLevel; "
        "Boolean.e: controlGearFailure lampFailure limitError powerCycleSeen; Boolean.m: lampOn"
    ),
    "ControlDeviceDaliPart103Function": (
        "String.c: controlDeviceDaliPart103TypeAddress identificationNumber oemIdentificationNumber "
        "oemAdditionalControlDeviceInformation applicationType; Integer.c: logicalControlDeviceUnitIndex "
        "shortAddress numberOfInstances operatingMode; Boolean.c: applicationActive; Boolean.e: "
        "powerCycleSeen applicationControllerError inputDeviceError; Boolean.o: identifyDevice; Integer.m: "
        "applicationControllerErrorByte"
    ),
    "LuminaireDataDaliPart251Function": (
        "String.c: luminaireDataDaliPart251TypeAddress oemGtin oemIdentificationNumber luminaireBodyColor "
        "luminaireIdentification applicationType; Integer.c: contentFormatId yearOfManufacture "
        "weekOfManufacture"
    ),
    "EnergyDataDaliPart252Function": (
        "String.c: energyDataDaliPart252TypeAddress applicationType; Float.m: activeEnergy activePower "
        "apparentEnergy apparentPower activeEnergyLoadside activePowerLoadside"
    ),
    "DiagnosticsAndMaintenanceDataDaliPart253Function": (
        "String.c: diagnosticsAndMaintenanceDataDaliPart253TypeAddress applicationType; Integer.m: "
        "controlGearOperatingTime controlGearStartCounter controlGearExternalSupplyVoltageFrequency "
        "controlGearOverallFailureConditionCounter controlGearExternalSupplyUndervoltageCounter "
        "controlGearExternalSupplyOvervoltageCounter controlGearOutputPowerLimitationCounter "
        "controlGearThermalDeratingCounter controlGearThermalShutdownCounter controlGearTemperature "
        "lightSourceStartCounterResettable lightSourceStartCounter lightSourceOnTimeResettable "
        "lightSourceOnTime lightSourceOverallFailureConditionCounter lightSourceShortCircuitCounter "
        "lightSourceOpenCircuitCounter lightSourceThermalDeratingCounter lightSourceThermalShutdownCounter "
        "lightSourceTemperature; Float.m: controlGearExternalSupplyVoltage controlGearPowerFactor "
        "lightSourceVoltage lightSourceCurrent; Boolean.e: controlGearOverallFailureCondition "
        "controlGearExternalSupplyUndervoltage controlGearExternalSupplyOvervoltage "
        "controlGearOutputPowerLimitation controlGearThermalDerating controlGearThermalShutdown "
        "lightSourceOverallFailureCondition lightSourceShortCircuit lightSourceOpenCircuit "
        "lightSourceThermalDerating lightSourceThermalShutdown; Percent.m: controlGearOutputCurrentPercent; "
        "Integer.c: ratedMedianUsefulLifeOfLuminaire internalControlGearReferenceTemperature "
        "ratedMedianUsefulLightSourceStarts"
    ),
    "OccupancySensorDaliPart303InstanceFunction": (
        "String.c: extendedVersionNumber applicationType; Integer.c: shortAddress instanceNumber "
        "detectionRange detectionSensitivity; Boolean.e: instanceError isOccupied movementDetected; "
        "DaliOccupancyState.m: inputValue; Integer.m: instanceErrorByte"
    ),
    "LightSensorDaliPart304InstanceFunction": (
        "Integer.c: shortAddress instanceNumber resolution hysteresisMin hysteresis; Boolean.e: "
        "instanceError; Float.m: inputValue; String.c: extendedVersionNumber applicationType; Integer.m: "
        "instanceErrorByte"
    ),
    "GeneralPurposeSensorDaliPart306InstanceFunction": (
        "String.c: extendedVersionNumber applicationType; IntegerArray.c: instanceConfiguration; Integer.m: "
        "instanceErrorByte alarmIsActivated; Integer.c: hysteresisMin hysteresis magnitudePhMax "
        "magnitudePhMin magnitude alarmType unitOfMeasurementExtended quantityNameExtended resolution "
        "instanceNumber; Float.c: alarm0 alarm1 alarm2 alarm3 alarm0Hysteresis alarm1Hysteresis "
        "alarm2Hysteresis alarm3Hysteresis; DaliUnit.c: unitOfMeasurement; DaliQuantity.c: quantityName; "
        "Boolean.c: inputSignalSigned instanceActive; Float.m: inputValue; Boolean.e: instanceError"
    ),
    "LuminaireMountedControlDeviceDaliPart351Function": (
        "String.c: luminaireMountedControlDeviceDaliPart351TypeAddress applicationType; Integer.c: "
        "applicationControllerArbitration"
    ),
}
"""Per function type `Kind.scope: names; ...`; scopes are c(onfiguration), m(easurement), e(vent), o(perational)."""
